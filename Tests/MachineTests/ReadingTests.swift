import Foundation
import Machine
import Testing

/// What Linux says, read.
@Suite struct ReadingTests {
  @Test(
    "Lists of processors are read and written",
    arguments: [
      ("0-3,8", [0, 1, 2, 3, 8], "0-3,8"), ("5\n", [5], "5"), ("2,1,1", [1, 2], "1-2"), ("", [], ""),
    ])
  func lists(text: String, numbers: [Int], written: String) throws {
    let list = try #require(CPUList(text))
    #expect(list.numbers == numbers)
    #expect("\(list)" == written)
  }

  @Test("What is no list is refused", arguments: ["a", "3-1", "1-2-3", "-1", "1-"])
  func noLists(text: String) { #expect(CPUList(text) == nil) }

  @Test("Limits of control groups of version 2 are read, of nested ones the tightest")
  func controlGroup2() {
    let group = ControlGroup(
      SystemFiles([
        "/proc/self/cgroup": "0::/job/step\n", "/sys/fs/cgroup/job/cpu.max": "150000 100000\n",
        "/sys/fs/cgroup/job/step/cpu.max": "300000 100000\n", "/sys/fs/cgroup/cpu.max": "max 100000\n",
        "/sys/fs/cgroup/memory.max": "max\n", "/sys/fs/cgroup/job/memory.max": "4194304\n",
        "/sys/fs/cgroup/job/step/memory.max": "1048576\n",
      ]))
    #expect(group.cores == 1.5)
    #expect(group.memory == 1 << 20)
  }

  @Test("Limits of control groups of version 1 are read, in a container at the root of the mount")
  func controlGroup1() {
    let group = ControlGroup(
      SystemFiles([
        "/proc/self/cgroup": "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/\n",
        "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "400000\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": "2097152\n",
        "/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "9223372036854771712\n",
      ]))
    #expect(group.cores == 4)
    #expect(group.memory == 2 << 20)
  }

  @Test("Without limits there are none")
  func noLimits() {
    let group = ControlGroup(
      SystemFiles([
        "/proc/self/cgroup": "3:cpu:/\n", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
        "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      ]))
    #expect(group.cores == nil && group.memory == nil)
  }

  @Test(
    "OpenBLAS is told its kernels where it does not know the processor, and only there",
    arguments: [
      ("Prescott", "sse2 avx avx2 fma avx512f avx512dq avx512cd avx512bw avx512vl", "SkylakeX"),
      ("Prescott", "sse2 avx avx2 fma avx512f", "Haswell"), ("Nehalem", "sse2 avx avx2 fma", "Haswell"),
      ("Prescott", "sse2 avx", nil), ("Zen", "avx2 fma avx512f avx512dq avx512cd avx512bw avx512vl", nil),
      ("SKYLAKEX", "avx2 fma avx512f avx512dq avx512cd avx512bw avx512vl", nil),
    ])
  func kernels(found: String, flags: String, told: String?) {
    let files = SystemFiles(["/proc/cpuinfo": "processor\t: 0\nflags\t\t: \(flags)\n"])
    #expect(ProductKernels.faster(than: found, files) == told)
  }

  @Test("Hardware threads of one core count once, and a control group counts as memory")
  func hosts() {
    let host = HostFacts(
      name: "n", sharedMemory: nil,
      SystemFiles([
        "/sys/devices/system/cpu/online": "0-3\n", "/proc/cpuinfo": "processor\t: 0\nmodel name\t: Some CPU\n",
        "/sys/devices/system/cpu/cpu0/topology/thread_siblings_list": "0,2\n",
        "/sys/devices/system/cpu/cpu1/topology/thread_siblings_list": "1,3\n",
        "/sys/devices/system/cpu/cpu2/topology/thread_siblings_list": "0,2\n",
        "/sys/devices/system/cpu/cpu3/topology/thread_siblings_list": "1,3\n",
        "/proc/meminfo": "MemTotal:       2048 kB\nMemAvailable:   1024 kB\n", "/proc/self/cgroup": "0::/\n",
        "/sys/fs/cgroup/memory.max": "1572864\n",
      ]))
    #expect(host.coreCount == 2 && host.processor == "Some CPU")
    #expect(host.memory == 1536 << 10 && host.availableMemory == 1 << 20)
  }

  @Test("Files of MPI that no process maps are leftovers; others are not")
  func leftovers() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "mhvae-tests-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    #expect(SharedLeftovers.bytes(in: directory) == 0)
    for name in ["vader_segment.n.0.1.0", "osc_sm.n.1.1", "sem.other"] {
      try Data(repeating: 1, count: 1 << 16).write(to: URL(filePath: "\(directory)/\(name)"))
    }
    #expect(SharedLeftovers.bytes(in: directory) == 2 << 16)
    let descriptor = open("\(directory)/osc_sm.n.1.1", O_RDONLY)
    defer { close(descriptor) }
    let mapped = try #require(mmap(nil, 1 << 16, PROT_READ, MAP_SHARED, descriptor, 0))
    // More mappings, at lower addresses: the system tells of all of them in several pages, and of the file in the last.
    let others = (0..<400).map {
      mmap(nil, 4096, $0 % 2 == 0 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    }
    defer { for other in others { munmap(other, 4096) } }
    #expect(SharedLeftovers.bytes(in: directory) == 1 << 16)
    munmap(mapped, 1 << 16)
  }

  @Test("What is available is memory, or what the control group leaves")
  func availableMemory() {
    let meminfo = "MemTotal:       2048 kB\nMemAvailable:   1024 kB\n"
    #expect(HostFacts.availableMemory(SystemFiles(["/proc/meminfo": meminfo])) == 1 << 20)
    #expect(HostFacts.availableMemory(SystemFiles(["/proc/meminfo": "MemTotal: 2048 kB\n"])) == nil)
    let limited = ["/proc/meminfo": meminfo, "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "4096\n"]
    #expect(HostFacts.availableMemory(SystemFiles(limited)) == 4096)
  }

  @Test(
    "File systems that hosts share are known by their mounts, the innermost first",
    arguments: [
      ("/home/a/b", FileSystem.nfs), ("/home/scratch/new/run", .lustre), ("/home/scratchy", .nfs), ("/tmp", nil),
      ("/gpfs/x", .gpfs),
    ] as [(String, FileSystem?)])
  func fileSystems(path: String, kind: FileSystem?) {
    let mounts = """
      22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
      30 22 0:40 / /home rw,relatime shared:5 master:1 - nfs4 server:/home rw
      31 30 0:41 / /home/scratch rw - lustre mds@tcp:/scratch rw
      32 22 0:42 / /gpfs rw - gpfs store rw
      """
    #expect(FileSystem(holding: path, SystemFiles(["/proc/self/mountinfo": mounts])) == kind)
  }
}
