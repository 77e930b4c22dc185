import CPNG
import CTurboJPEG
import Foundation
import ImageFiles
import Testing

/// Images written by the libraries themselves, read back; resizing by hand.
@Suite struct ImageTests {
  private static func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "images-\(UUID().uuidString)", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  /// - Parameter format: bits of libpng's simplified formats: 1 alpha, 2 colour.
  private static func writePNG(_ bytes: [UInt8], width: Int, height: Int, format: UInt32, to file: URL) {
    var control = png_image()
    control.version = png_uint_32(PNG_IMAGE_VERSION)
    (control.width, control.height, control.format) = (UInt32(width), UInt32(height), format)
    #expect(png_image_write_to_file(&control, file.path, 0, bytes, 0, nil) != 0)
  }

  private static func jpeg(_ bytes: [UInt8], width: Int, height: Int) throws -> Data {
    let handle = tjInitCompress()
    defer { tjDestroy(handle) }
    var (buffer, size): (UnsafeMutablePointer<UInt8>?, UInt) = (nil, 0)
    #expect(tjCompress2(handle, bytes, Int32(width), 0, Int32(height), Int32(TJPF_RGB.rawValue), &buffer, &size, Int32(TJSAMP_444.rawValue), 100, 0) == 0)
    defer { tjFree(buffer) }
    return Data(bytes: try #require(buffer), count: Int(size))
  }

  private static let colours: [UInt8] = [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 40, 50, 60, 70, 80, 90]

  @Test func readsPNGOfEveryKind() throws {
    try Self.withFolder { folder in
      let file = folder.appending(path: "a.png")
      Self.writePNG(Self.colours, width: 3, height: 2, format: 2, to: file)
      let image = try Image(contentsOfFile: file.path)
      #expect((image.width, image.height) == (3, 2) && image.pixels == Self.colours)
      Self.writePNG([7, 200], width: 2, height: 1, format: 0, to: file)
      #expect(try Image(contentsOfFile: file.path).pixels == [7, 7, 7, 200, 200, 200])
      // Half transparent: the colour stays.
      Self.writePNG([9, 8, 7, 128], width: 1, height: 1, format: 3, to: file)
      #expect(try Image(contentsOfFile: file.path).pixels == [9, 8, 7])
    }
  }

  @Test func readsJPEG() throws {
    try Self.withFolder { folder in
      let file = folder.appending(path: "a.jpg")
      let flat: [UInt8] = (0..<16 * 8 * 3).map { [200, 100, 50][$0 % 3] }
      try Self.jpeg(flat, width: 16, height: 8).write(to: file)
      let image = try Image(contentsOfFile: file.path)
      #expect((image.width, image.height) == (16, 8))
      for (index, value) in image.pixels.enumerated() { #expect(abs(Int(value) - [200, 100, 50][index % 3]) <= 2) }
    }
  }

  @Test func damagedFilesAreErrors() throws {
    try Self.withFolder { folder in
      let file = folder.appending(path: "a.png")
      Self.writePNG(Self.colours, width: 3, height: 2, format: 2, to: file)
      let (png, jpeg) = (try Data(contentsOf: file), try Self.jpeg(Array(repeating: 99, count: 64 * 64 * 3), width: 64, height: 64))
      for whole in [png, jpeg] {
        for length in [0, 1, 4, 20, whole.count / 2, whole.count - 20] {
          try whole.prefix(length).write(to: file)
          #expect(throws: ImageFileError.self, "\(length) of \(whole.count) bytes") { _ = try Image(contentsOfFile: file.path) }
        }
        // Any one byte wrong: an image or an error, never a crash.
        for index in whole.indices {
          var damaged = whole
          damaged[index] ^= 0xFF
          try damaged.write(to: file)
          _ = try? Image(contentsOfFile: file.path)
        }
      }
      #expect(throws: ImageFileError.self) { _ = try Image(contentsOfFile: folder.appending(path: "none.png").path) }
    }
  }

  @Test func resizesByATriangle() throws {
    let row = Image(width: 4, height: 1, pixels: [0, 0, 0, 40, 40, 40, 80, 80, 80, 120, 120, 120])
    // Halved, each pixel weighs four source pixels 1/4 : 3/4 : 3/4 : 1/4; at the edge three, which sum to 7/4.
    let (left, right) = ((40 * 0.75 + 80 * 0.25) / 1.75, (40 * 0.25 + 80 * 0.75 + 120 * 0.75) / 1.75)
    let halved = row.samples(width: 2, height: 1, channels: 1, channelsFirst: false)
    #expect(zip(halved, [Float(left), Float(right)]).allSatisfy { abs($0 - $1) < 1e-3 }, "\(halved)")
    // Doubled, between neighbours 3 : 1.
    let doubled = Image(width: 2, height: 1, pixels: [0, 0, 0, 100, 100, 100]).samples(width: 4, height: 1, channels: 1, channelsFirst: false)
    #expect(zip(doubled, [0, 25, 75, 100]).allSatisfy { abs($0 - $1) < 1e-3 }, "\(doubled)")
    #expect(row.samples(width: 4, height: 1, channels: 1, channelsFirst: false).elementsEqual([0, 40, 80, 120], by: { abs($0 - $1) < 1e-3 }))
  }

  @Test func channelsAreLaidOutAsAsked() throws {
    let image = Image(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6])
    #expect(image.samples(width: 2, height: 1, channels: 3, channelsFirst: false) == [1, 2, 3, 4, 5, 6])
    #expect(image.samples(width: 2, height: 1, channels: 3, channelsFirst: true) == [1, 4, 2, 5, 3, 6])
    let grey = image.samples(width: 2, height: 1, channels: 1, channelsFirst: true)
    #expect(abs(grey[0] - (0.299 + 2 * 0.587 + 3 * 0.114)) < 1e-5)
  }

  @Test func foldersAreClasses() throws {
    try Self.withFolder { folder in
      for name in ["dogs/b.png", "dogs/a.jpg", "cats/x.PNG", "notes/readme.txt", ".hidden/y.png"] {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data().write(to: file)
      }
      let images = try #require(try ImageFolder(folder.path))
      #expect(images.classes == ["cats", "dogs"] && images.labels == [0, 1, 1])
      #expect(images.files.map { ($0 as NSString).lastPathComponent } == ["x.PNG", "a.jpg", "b.png"])
      let dogs = try #require(try ImageFolder(folder.appending(path: "dogs").path))
      #expect(dogs.labels == nil && dogs.files.count == 2)
      #expect(try ImageFolder(folder.appending(path: "notes").path) == nil)
      try Data().write(to: folder.appending(path: "stray.png"))
      #expect(throws: ImageFileError.self) { _ = try ImageFolder(folder.path) }
    }
  }
}
