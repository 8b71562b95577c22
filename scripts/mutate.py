"""Plants single-line mistakes in a copy of the package and tells which of them the tests notice. See mutate.sh.

Every mistake is there at once, in one build: a chosen line becomes `if mutant_is(7) { wrong } else { right }`, and the
environment variable MHVAE_MUTANT says which one acts (mutant schemata, Untch 1993).
"""

import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time

SOURCES = ["Kernels", "Layers", "Models", "Optimizers", "Evaluation", "GradientExchange", "Runs/Checkpoints"]
FOLDERS = tuple(f"Sources/{source}/" for source in SOURCES)
# Their numbers decide how fast something is, or what the paper says.
LEFT_OUT = re.compile(r"(ProductTile|ProductPeak|ArenaTally|Threads|SamplingBenchmark|PaperFigures|\+Data)\.swift$")
# Without effect on results, or checks of what no caller does.
HARMLESS = re.compile(r"precondition|deallocate|reserveCapacity|withExtendedLifetime|watchdog|progress|advance\(\)|describe\(")

# The tests that are most likely to notice a mistake come first.
SUITES = {
    "Kernels": ["KernelsTests|OptimizersTests", "LayersTests|ModelsTests"],
    "Layers": ["LayersTests|ModelsTests"],
    "Models": ["ModelsTests|EvaluationTests"],
    "Optimizers": ["OptimizersTests|KernelsTests.AdamTests|ModelsTests"],
    "Evaluation": ["EvaluationTests|ReportingTests"],
    "GradientExchange": ["GradientExchangeTests|TrainingTests"],
    "Runs": ["RunsTests|TrainingTests"],
}
ALL_SUITES = (
    "KernelsTests|OptimizersTests|LayersTests|ModelsTests|EvaluationTests|GradientExchangeTests|TrainingTests|DataLoadingTests|"
    "RunsTests|ReportingTests|PlanningTests|ProfilingTests"
)

HEADER = b"""extern int mutant;
static inline _Bool mutant_is(int number) { return mutant == number; }
"""
IMPLEMENTATION = b"""#include "Mutants.h"
#include <stdlib.h>
int mutant;
__attribute__((constructor)) static void choose(void) {
  const char *number = getenv("MHVAE_MUTANT");
  if (number) mutant = atoi(number);
}
"""

LITERAL = r"(?<![\w.$])"
OPERATORS = [
    (r" \+ ", " - "), (r" - ", " + "), (r" \* ", " + "), (r" / ", " * "), (r" &\+ ", " &- "), (r" &- ", " &+ "),
    (r" < ", " <= "), (r" <= ", " < "), (r" > ", " >= "), (r" >= ", " > "), (r" == ", " != "), (r" != ", " == "),
    (r" \.< ", " .> "), (r" \.> ", " .< "), (r" \.<= ", " .< "), (r" \.>= ", " .> "), (r" && ", " || "),
    (r" \|\| ", " && "), (r"\bmax\(", "min("), (r"\bmin\(", "max("), (r"\btrue\b", "false"), (r"\bfalse\b", "true"),
    (LITERAL + r"(\d+)(?![\w.])", lambda m: str(int(m[1]) + 1)),
    (LITERAL + r"(?!0\.0\b)(\d[\d_]*\.\d[\d_]*(?:e-?\d+)?)(?!\w)", r"(1.1 * \1)"),
]
MODIFIERS = r"(?:(?:package|private|fileprivate|internal|static) )*"
FORMS = [  # what stands before an expression, the expression, what stands behind it
    re.compile(r"^(\s*(?:\} else )?(?:if|while) )((?!let |var |case |#|try )[^,{]+)( \{.*)$"),
    re.compile(r"^(\s*guard )((?!let |var |case |#|try )[^,{]+)( else \{.*)$"),
    re.compile(r"^(\s*" + MODIFIERS + r"(?:let|var) [^={]+ = )((?!try |await ).+)($)"),
    re.compile(r"^(\s*return )((?!try ).+)($)"),
    re.compile(
        r"^(\s*" + MODIFIERS + r"(?:mutating )?(?:var|func) .*\S \{ )"
        r"((?!get|try |return |for |let |if |_ = )[^;]+)( \})$"),
]
STATEMENT = re.compile(r"^(\s*)((?:try )?[\w.(\[][^={]*(?: [+-]?= .+|\)))$")
KEYWORDS = re.compile(
    r"^\s*(?:let|var|func|return|guard|if|while|for|case|switch|else|import|package|private|init|super|throw|deinit|"
    r"default|(?:try )?self\.init)\b")


def variants(text):
    """Every way to change one operator or number of an expression."""
    found = []
    for pattern, replacement in OPERATORS:
        for match in re.finditer(pattern, text):
            found.append(text[: match.start()] + match.expand(replacement) if isinstance(replacement, str)
                         else text[: match.start()] + replacement(match))
            found[-1] += text[match.end():]
    return found


def statements(lines):
    """Numbers of lines that are statements of their own: all brackets closed, nothing continued, not a value that a
    function consists of."""
    stack, code = [], []
    for line in lines:
        bare = re.sub(r'"(?:\\.|[^"\\])*"', '""', line)
        bare = re.sub(r"//.*", "", bare).strip()
        inside = stack[-1] if stack else "{"
        for c in bare:
            if c in "([{":
                stack.append(c)
            elif c in ")]}" and stack:
                stack.pop()
        code.append((bare, inside))
    chosen, previous = [], "}"
    for number, (bare, inside) in enumerate(code):
        if not bare:
            continue
        following = next((b for b, _ in code[number + 1:] if b), "}")
        starts = inside == "{" and not re.search(r"(=|,|\(|\[|->|&&|\|\||[-+*/?:])$", previous)
        is_value = following == "}" and re.search(r"(->|\bvar ).*\{$|\bin$", previous) and not KEYWORDS.match(bare)
        is_continued = re.match(r"[.?:+\-*/&|,)\]]|rest:", following) or re.search(r"[-=,(\[+*/]$", bare)
        ends = not is_value and not is_continued
        if starts and ends and bare[0] not in ".?:+-*/&|,)]":
            chosen.append(number)
        previous = bare
    return chosen


def balanced(text):
    return all(text.count(a) == text.count(b) for a, b in ["()", "[]", "{}"])


def mutations(line):
    """Pairs of what to show and the planted line, in which NUMBER stands for the mutant."""
    if '"' in line or "//" in line or HARMLESS.search(line) or line.lstrip().startswith("@"):
        return []
    for form in FORMS:
        match = form.match(line)
        if not match or not balanced(match[2]):
            continue
        before, expression, behind = match.groups()
        wrong = variants(expression)
        if form in FORMS[:2]:
            wrong.append(f"!({expression})")
        return [(before + w + behind, f"{before}(mutant_is(NUMBER) ? ({w}) : ({expression})){behind}") for w in wrong]
    match = STATEMENT.match(line)
    if not match or KEYWORDS.match(line) or not balanced(line):
        return []
    indent, statement = match.groups()
    # Without what sets a constant, nothing compiles.
    target = statement.split(" = ")[0]
    sets_constant = " = " in statement and (target.startswith(("self.", "(")) or re.fullmatch(r"\w+", target))
    wrong = variants(statement) + ([] if sets_constant else [""])
    for a, b in [(" += ", " -= "), (" -= ", " += ")]:
        if a in statement:
            wrong.append(statement.replace(a, b, 1))
    return [
        (indent + (w or "(nothing)"), f"{indent}if mutant_is(NUMBER) {{ {w} }} else {{ {statement} }}") for w in wrong]


def plant(tree, count, seed, rejected):
    """Copies the package into `tree` with mistakes planted, and returns them. Unchanged files keep their dates."""
    files = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                           capture_output=True, check=True).stdout.decode().split("\0")
    texts, candidates = {}, []
    for name in sorted(filter(os.path.isfile, files)):
        with open(name, "rb") as file:
            texts[name] = file.read()
        if name.endswith(".swift") and name.startswith(FOLDERS) and not LEFT_OUT.search(name):
            lines = texts[name].decode().split("\n")
            candidates += [(name, n) for n in statements(lines) if mutations(lines[n])]
    random.Random(seed).shuffle(candidates)
    mutants = []
    # A number stays with its line, so that a rejected one changes no other file.
    for number, (name, n) in enumerate(candidates, start=1):
        if len(mutants) == count:
            break
        if f"{name}:{n + 1}" in rejected:
            continue
        lines = texts[name].decode().split("\n")
        # What is drawn for a line does not depend on other lines.
        shown, planted = random.Random(f"{seed} {name} {lines[n]}").choice(mutations(lines[n]))
        mutants.append(
            {"number": number, "file": name, "line": n + 1, "right": lines[n].strip(), "wrong": shown.strip()})
        lines[n] = planted.replace("NUMBER", str(number))
        if not lines[0].startswith("internal import Mutants;"):
            lines[0] = "internal import Mutants; " + lines[0]
        texts[name] = "\n".join(lines).encode()
    mutants.sort(key=lambda mutant: (mutant["file"], mutant["line"]))
    package = texts["Package.swift"].decode()
    for target in {s.split("/")[0] for s in SOURCES}:
        package = re.sub(rf'(name: "{target}",\s*dependencies: \[)', r'\1"Mutants", ', package, count=1)
    package = package.replace("  targets: [\n", '  targets: [\n    .target(name: "Mutants", path: "Mutants"),\n', 1)
    texts["Package.swift"] = package.encode()
    texts["Mutants/include/Mutants.h"] = HEADER
    texts["Mutants/mutants.c"] = IMPLEMENTATION
    for name, text in texts.items():
        path = os.path.join(tree, name)
        if os.path.isfile(path):
            with open(path, "rb") as file:
                if file.read() == text:
                    continue
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "wb") as file:
            file.write(text)
    return mutants


def build(tree, count, seed):
    """Plants and builds, again without the lines that do not compile."""
    rejected = set()
    while True:
        mutants = plant(tree, count, seed, rejected)
        built = subprocess.run(["swift", "build", "-c", "release", "--build-tests", "--package-path", tree],
                               capture_output=True, text=True)
        if built.returncode == 0:
            return mutants
        output = built.stdout + built.stderr
        known = len(rejected)
        for name, line in re.findall(r"(Sources/\S+\.swift):(\d+):\d+: error", output):
            # Some show only at the end of their function.
            above = [m["line"] for m in mutants if m["file"] == name and m["line"] <= int(line)]
            rejected |= {f"{name}:{max(above)}"} if above else set()
        if len(rejected) == known:
            sys.exit(output)
        print(f"{len(rejected)} mistakes do not compile; others take their place", file=sys.stderr, flush=True)


def confine():
    """A mistake may ask for any amount of memory or write without end."""
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))


def failure(tree, command, number, limit):
    """What fails of a command with a mistake, or None; stops it at the first failure, or after `limit` seconds."""
    environment = dict(os.environ, MHVAE_MUTANT=str(number), NO_COLOR="1")
    process = subprocess.Popen(command, cwd=tree, env=environment, text=True, errors="replace", stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=confine)

    def end(*_):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    failures = []
    signal.signal(signal.SIGALRM, lambda *_: (failures.append(f"no end after {int(limit)} s"), end()))
    signal.alarm(int(limit))
    for line in process.stdout:
        if line.startswith("✘"):
            failures.append(re.sub(r" recorded an issue.*| failed after.*", "", line[2:].strip()))
            end()
    status = process.wait()
    signal.alarm(0)
    return failures[0] if failures else f"status {status}" if status else None


def stages(tree, target):
    """The commands that are tried on a mistake in a target, one after another."""
    tests = [os.path.join(".build", "release", "mhvae-distPackageTests.xctest"), "--testing-library", "swift-testing"]
    # The suite of the kernels' benchmark takes most of the time, and numbers are not what it tests. ModelFileTests make
    # files larger than `confine` allows.
    tests += ["--skip", "BenchmarkTests|ModelFileTests"]
    unit = [tests + ["--filter", suites] for suites in SUITES[target] + [ALL_SUITES]]
    if target != "GradientExchange":
        return unit
    checks = os.path.join(".build", "release", "parallel-checks")
    parallel = [("2", "fixtures"), ("3", "exchange"), ("2", "micro-batches")]
    return unit + [["mpirun", "--oversubscribe", "-np", ranks, checks, mode] for ranks, mode in parallel]


def main():
    tree, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    mutants = build(tree, count, seed)
    with open(os.path.join(tree, "mutants.json"), "w") as file:
        json.dump(mutants, file, indent=1)
    limits = {}
    for target in SUITES:
        for command in stages(tree, target):
            if str(command) in limits:
                continue
            start = time.monotonic()
            reason = failure(tree, command, 0, 900)
            if reason:
                sys.exit(f"fails without any mistake: {' '.join(command)}: {reason}")
            limits[str(command)] = 5 * (time.monotonic() - start) + 20
    left = []
    for mutant in mutants:
        commands = stages(tree, mutant["file"].split("/")[1])
        failures = (failure(tree, c, mutant["number"], limits[str(c)]) for c in commands)
        caught = next(filter(None, failures), None)
        if not caught:
            left.append(mutant)
        change = f"{mutant['file']}:{mutant['line']}: {mutant['right']} -> {mutant['wrong']}"
        print(f"caught {change}   [{caught}]" if caught else f"LEFT   {change}", flush=True)
    print(f"{len(mutants) - len(left)} of {len(mutants)} caught")
    sys.exit(0 if len(left) * 10 <= len(mutants) else 1)


main()
