import Foundation

/// Text as HTML and SVG take it: names come from model files, and a name may be anything.
func escaped(_ text: String) -> String {
  var result = ""
  for character in text.unicodeScalars {
    switch character {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    case "\u{0}"..<"\u{20}", "\u{7F}", "\u{FFFE}", "\u{FFFF}": result += " "
    default: result.unicodeScalars.append(character)
    }
  }
  return result
}

/// A length or position in a picture: two decimals, no exponent; 0 where there is no number.
func coordinate(_ value: Double) -> String {
  guard value.isFinite else { return "0" }
  let text = String(format: "%.2f", value)
  return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
}
