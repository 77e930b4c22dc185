import Foundation

/// The images of a folder: all in it, or a folder a class.
package struct ImageFolder: Sendable {
  /// Paths, by class, then by name.
  package let files: [String]
  /// The class of each file; nil where the images lie in the folder itself.
  package let labels: [Int]?
  /// Names of the classes: the folders in alphabetical order.
  package let classes: [String]

  private static let extensions: Set<String> = ["png", "jpg", "jpeg"]
  private static func isImage(_ name: String) -> Bool { extensions.contains((name as NSString).pathExtension.lowercased()) }

  /// - Returns: nil where `path` is no folder, or neither it nor its folders hold images.
  /// - Throws: images in the folder and in folders of it: which are classes is not to be told.
  package init?(_ path: String) throws(ImageFileError) {
    let manager = FileManager.default
    func names(_ folder: String) -> [String] { ((try? manager.contentsOfDirectory(atPath: folder)) ?? []).filter { !$0.hasPrefix(".") }.sorted() }
    func isFolder(_ path: String) -> Bool {
      var isFolder: ObjCBool = false
      return manager.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
    guard isFolder(path) else { return nil }
    let entries = names(path)
    let own = entries.filter { Self.isImage($0) && !isFolder("\(path)/\($0)") }
    var folders: [(name: String, files: [String])] = []
    for entry in entries where isFolder("\(path)/\(entry)") {
      let images = names("\(path)/\(entry)").filter(Self.isImage)
      if !images.isEmpty { folders.append((entry, images.map { "\(path)/\(entry)/\($0)" })) }
    }
    guard !own.isEmpty || !folders.isEmpty else { return nil }
    guard own.isEmpty || folders.isEmpty else {
      throw ImageFileError(file: path, message: "holds images (\(own[0]) ...) and folders of images (\(folders[0].name) ...): give either a folder a class, or images alone")
    }
    files = own.map { "\(path)/\($0)" } + folders.flatMap(\.files)
    classes = folders.map(\.name)
    labels = folders.isEmpty ? nil : folders.enumerated().flatMap { index, folder in folder.files.map { _ in index } }
  }
}
