#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

extension Worker {
  private static let stackBytes = 256 << 10

  /// Starts a thread that does the worker's work and handles no signals; nil where the system refuses one. The worker outlives it.
  func startThread() -> pthread_t? {
    let context = Unmanaged.passUnretained(self).toOpaque()
    // Signals are the application's: its own threads handle them.
    var (all, before) = (sigset_t(), sigset_t())
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, Self.stackBytes)
    #if canImport(Glibc)
      var thread = pthread_t()
    #else
      var thread: pthread_t?
    #endif
    let status = pthread_create(&thread, &attributes, { Worker.enter($0) }, context)
    return status == 0 ? thread : nil
  }

  private static func enter(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    nameThread()
    if let context { Unmanaged<Worker>.fromOpaque(context).takeUnretainedValue().work() }
    return nil
  }

  /// What debuggers and `top -H` show.
  private static func nameThread() {
    #if canImport(Darwin)
      pthread_setname_np("swiftlet")
    #else
      let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
      guard file >= 0 else { return }
      _ = write(file, "swiftlet", 8)
      close(file)
    #endif
  }
}
