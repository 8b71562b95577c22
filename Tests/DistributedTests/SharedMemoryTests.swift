import Foundation
import TestSupport
import Testing

/// A `/dev/shm` that promises more than it has, as when two jobs start at once: here a preloaded library lies about it.
struct SharedMemoryTests {
  private static let obstacle: String? = {
    if getuid() != 0 { return "needs root for a small /dev/shm" }
    if (try? run("unshare", ["--mount", "true"]))?.exitCode != 0 { return "this container may not make namespaces" }
    return (try? run("cc", ["--version"]))?.exitCode == 0 ? nil : "needs a C compiler"
  }()

  /// As the libraries of C ask for it, by both calls.
  private static let lies = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <string.h>
    #include <sys/statfs.h>
    #include <sys/statvfs.h>
    int statvfs(const char *path, struct statvfs *space) {
      int code = ((int (*)(const char *, struct statvfs *))dlsym(RTLD_NEXT, "statvfs"))(path, space);
      if (!strncmp(path, "/dev/shm", 8)) space->f_bavail = space->f_bfree = 1 << 24;
      return code;
    }
    int statfs(const char *path, struct statfs *space) {
      int code = ((int (*)(const char *, struct statfs *))dlsym(RTLD_NEXT, "statfs"))(path, space);
      if (!strncmp(path, "/dev/shm", 8)) space->f_bavail = space->f_bfree = 1 << 24;
      return code;
    }
    """

  @Test(
    "Training goes on by all-reduce where shared memory is promised and then missing",
    .enabled(if: obstacle == nil, "\(obstacle ?? "")"))
  func promised() throws {
    try SyntheticDigits.withDataset(trainingRows: 200) { directory, dataset in
      let library = "\(directory)/lies.so"
      try Self.lies.write(toFile: "\(directory)/lies.c", atomically: true, encoding: .utf8)
      let built = try run("cc", ["-shared", "-fPIC", "-o", library, "\(directory)/lies.c", "-ldl"])
      #expect(built.exitCode == 0, "\(built)")
      let command = [
        "mpirun", "--oversubscribe", "-np", "2", "-x", "LD_PRELOAD=\(library)", try product("mhvae-dist"), "train",
        "--preset", "mnist", "--data", dataset, "--run", "\(directory)/run", "--epochs", "1",
      ]
      let outcome = try takingTurns {
        try run(
          "unshare",
          ["--mount", "bash", "-c", "mount -t tmpfs -o size=20m tmpfs /dev/shm && exec \"$@\"", "bash"] + command,
          environment: mpiEnvironment)
      }
      #expect(outcome.exitCode == 0, "\(outcome)")
      #expect(outcome.stderr.contains("a node has less shared memory than it promised"), "\(outcome)")
      #expect(outcome.stdout.contains("gradients by all-reduce"), "\(outcome)")
      #expect(try RunFiles.epochs("\(directory)/run") == [1])
    }
  }
}
