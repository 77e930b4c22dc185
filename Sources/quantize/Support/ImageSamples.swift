import ArrayFiles
import ImageFiles

/// A folder of PNG and JPEG images as the samples of a net with one image input.
enum ImageSamples {
  /// Where an image's axes are in an input's shape.
  struct Geometry: Equatable {
    var (width, height, channels) = (0, 0, 0)
    var channelsFirst = false

    /// Channels are the axis of 1 or 3, the last one where several are; axes of length 1 before them count nothing.
    /// - Returns: nil where the shape is no image's.
    init?(_ shape: [Int]) {
      var shape = shape
      while shape.count > 3, shape[0] == 1 { shape.removeFirst() }
      if shape.count == 2 { shape.append(1) }
      guard shape.count == 3, shape.allSatisfy({ $0 > 0 }) else { return nil }
      if [1, 3].contains(shape[2]) {
        (height, width, channels) = (shape[0], shape[1], shape[2])
      } else if [1, 3].contains(shape[0]) {
        (channels, height, width, channelsFirst) = (shape[0], shape[1], shape[2], true)
      } else {
        return nil
      }
    }
  }

  /// Arrays "x", pixels 0 ... 255 in the input's layout, and, where each class has a folder, "y", the folder's position in alphabetical order.
  /// - Returns: nil where `path` is no folder of images.
  static func read(_ path: String, for inputs: [SampleInput]) throws(Failure) -> ArrayGroup? {
    let folder: ImageFolder?
    do { folder = try ImageFolder(path) } catch { throw Failure.badData("\(error)", code: "bad-images") }
    guard let folder else { return nil }
    guard inputs.count == 1, let input = inputs.first, !input.isInteger, let geometry = Geometry(input.shape) else {
      let listing = inputs.map { "'\($0.name)' \($0.shape)" }.joined(separator: ", ")
      throw Failure.badData(
        "\(path): images feed a net with one image input of 1 or 3 channels, found \(listing)", code: "bad-images", hint: "give arrays: .npz or .npy")
    }
    var pixels: [Float] = []
    pixels.reserveCapacity(folder.files.count * input.elementCount)
    let progress = Progress("reading images")
    defer { progress.finish() }
    for (index, file) in folder.files.enumerated() {
      do {
        pixels += try Image(contentsOfFile: file)
          .samples(width: geometry.width, height: geometry.height, channels: geometry.channels, channelsFirst: geometry.channelsFirst)
      } catch { throw Failure.badData("\(error)", code: "bad-image", hint: "repair or remove the file") }
      progress.update(index + 1, of: folder.files.count)
    }
    let shape = [folder.files.count] + (geometry.channelsFirst ? [geometry.channels, geometry.height, geometry.width] : [geometry.height, geometry.width, geometry.channels])
    var arrays = [(name: "x", array: NumericArray(shape: shape, floats: pixels))]
    if let labels = folder.labels { arrays.append(("y", NumericArray(shape: [labels.count], integers: labels))) }
    return ArrayGroup(file: path, made: arrays)
  }
}
