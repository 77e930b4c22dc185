import ArrayFiles

/// Class labels of the samples.
enum Labels {
  /// The labels named `key`; without a key, array "y" where every file of the data has one.
  static func read(_ files: [ArrayGroup], key: String?, source: String) throws(Failure) -> [Int]? {
    let name = key ?? "y"
    if key == nil && !files.allSatisfy({ $0.names.contains(name) }) { return nil }
    var labels: [Int] = []
    for file in files {
      let array = try file.read(name)
      do {
        labels += try array.integers()
      } catch {
        throw Failure.badData("\(error); labels are class numbers")
      }
    }
    return labels
  }
}
