import Foundation

/// OpenBLAS reads its settings before `main`: the command starts itself again with them, so that the float side of a
/// comparison is neither slowed by threads that one small net cannot use nor by kernels for another processor.
enum FloatBackend {
  private static let marker = "SWIFTLET_FLOAT_BACKEND"

  /// Replaces this process by one with OPENBLAS_NUM_THREADS=1 and, where the library would take a lesser one, the right core type.
  /// What the caller set stays. Where the replacement fails the command goes on as it is.
  static func prepare() {
    guard getenv(marker) == nil else { return }
    setenv(marker, "1", 1)
    setenv("OPENBLAS_NUM_THREADS", "1", 0)
    // OpenBLAS before 0.3.22 does not know recent AVX-512 processors and takes Haswell kernels there.
    if cpuFlags.isSuperset(of: ["avx512f", "avx512bw", "avx512vl", "avx512dq"]) { setenv("OPENBLAS_CORETYPE", "SkylakeX", 0) }
    var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
    execv("/proc/self/exe", &arguments)
    arguments.forEach { free($0) }
  }

  private static var cpuFlags: Set<String> {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("flags") })
    else { return [] }
    return Set(line.split(separator: " ").map(String.init))
  }
}
