import FuzzTargets
import Glibc

/// The reader that `MHVAE_FUZZ_READER` names.
private let reader: FuzzReader = {
  guard let name = getenv("MHVAE_FUZZ_READER"), let reader = FuzzReader(rawValue: String(cString: name)) else {
    fatalError("MHVAE_FUZZ_READER names one of \(FuzzReader.allCases.map(\.rawValue).joined(separator: " "))")
  }
  return reader
}()

/// What libFuzzer calls with each input. A trap, a signal, a hang or too much memory is a finding; an error is not.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let input = Array(UnsafeBufferPointer(start: bytes, count: count))
  if reader.needsProcess { inProcessOfItsOwn { reader.read(input) } } else { reader.read(input) }
  return 0
}

/// HDF5 itself crashes on some damaged files, which the programs answer with one line and status 1 (`CrashGuard`). So
/// each input is read in a child first. A child that a signal ended is a finding; an input that the guard caught is
/// counted as read.
private func inProcessOfItsOwn(_ body: () -> Void) {
  let child = fork()
  if child == 0 {
    alarm(20)
    let null = open("/dev/null", O_WRONLY)
    dup2(null, STDERR_FILENO)
    body()
    _exit(0)
  }
  var status: Int32 = 0
  waitpid(child, &status, 0)
  if status & 0x7F != 0 { abort() }
  // What crashed there must not run here.
  if status == 0 { body() }
}
