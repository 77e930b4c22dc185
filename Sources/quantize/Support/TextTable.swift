import Foundation

/// A table of text: the first column left-aligned, the others right-aligned unless said otherwise.
struct TextTable {
  private let header: [String]
  private let leftAligned: Set<Int>
  private var rows: [[String]] = []

  init(_ header: [String], leftAligned: Set<Int> = [0]) { (self.header, self.leftAligned) = (header, leftAligned) }

  mutating func append(_ row: [String]) { rows.append(row) }

  func rendered() -> String {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      let cells = row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return leftAligned.contains(column) ? cell + space : space + cell
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }
}

/// A node's name cut to fit a table. The end says most: exporters write whole scopes, and the names of what was fused, before it.
func shortened(_ name: String) -> String { name.count <= 40 ? name : "..." + name.suffix(37) }

func formatted(_ value: Double, decimals: Int = 1) -> String {
  guard value.isFinite else { return value.isNaN ? "-" : (value > 0 ? "inf" : "-inf") }
  let scale = [1, 10, 100, 1_000, 10_000][min(decimals, 4)]
  let rounded = (value.magnitude * Double(scale)).rounded()
  guard rounded < 9e15 else { return "\(value)" }
  let whole = Int(rounded) / scale
  let fraction = Int(rounded) % scale
  let sign = value < 0 && rounded > 0 ? "-" : ""
  guard decimals > 0 else { return "\(sign)\(whole)" }
  let digits = String(fraction)
  return "\(sign)\(whole)." + String(repeating: "0", count: min(decimals, 4) - digits.count) + digits
}

/// About five significant digits: 1234567, 12.346, 0.00012346, 1.2346e+20.
func significant(_ value: Double) -> String { String(format: "%.5g", value) }

func significantDigits(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)g", value) }

/// "1.4 MB", "12.3 kB", "640 B" (powers of 1000).
func formattedBytes(_ bytes: Int) -> String {
  if bytes < 1_000 { return "\(bytes) B" }
  if bytes < 1_000_000 { return "\(formatted(Double(bytes) / 1e3)) kB" }
  return "\(formatted(Double(bytes) / 1e6, decimals: 2)) MB"
}

/// A large count with a unit: "2.66 M".
func formattedCount(_ count: Int) -> String {
  if count < 10_000 { return "\(count)" }
  if count < 1_000_000 { return "\(formatted(Double(count) / 1e3)) k" }
  if count < 1_000_000_000 { return "\(formatted(Double(count) / 1e6, decimals: 2)) M" }
  return "\(formatted(Double(count) / 1e9, decimals: 2)) G"
}
