import CrashGuard
import FuzzTargets
import FuzzerCounters
import Glibc

/// The reader that `MHVAE_FUZZ_READER` names.
private let reader: FuzzReader = {
  guard let name = getenv("MHVAE_FUZZ_READER"), let reader = FuzzReader(rawValue: String(cString: name)) else {
    fatalError("MHVAE_FUZZ_READER names one of \(FuzzReader.allCases.map(\.rawValue).joined(separator: " "))")
  }
  if reader.needsProcess { fuzzer_counters_share() }
  return reader
}()

/// What libFuzzer calls with each input. A trap, a signal, a hang or too much memory is a finding; an error is not.
/// - Returns: 0, or -1 for an input that is not to be built upon.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let input = Array(UnsafeBufferPointer(start: bytes, count: count))
  if reader.needsProcess { return inProcessOfItsOwn { reader.read(input) } ? 0 : -1 }
  reader.read(input)
  return 0
}

/// HDF5 itself crashes on some damaged files, or never returns, which the programs answer with one line and status 1
/// (`CrashGuard`). So each input is read in a child. A child that a signal ended is a finding; one that the guard ended
/// is not, nor one that takes long within HDF5.
/// - Returns: whether the child came to the end.
private func inProcessOfItsOwn(_ body: () -> Void) -> Bool {
  let child = fork()
  if child == 0 {
    // Not libFuzzer's handlers, which write the input down and exit.
    for number in [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP] { signal(number, SIG_DFL) }
    signal(SIGALRM) { _ in if crash_guard_is_inside() != 0 { _exit(1) } else { abort() } }
    alarm(2)
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO)
    body()
    _exit(0)
  }
  var status: Int32 = 0
  // libFuzzer's timer interrupts it.
  while waitpid(child, &status, 0) < 0 && errno == EINTR {}
  if status != 0 && status != 1 << 8 { abort() }
  return status == 0
}
