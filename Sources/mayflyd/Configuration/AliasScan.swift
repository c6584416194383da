/// Finds anchors (`&name`) and aliases (`*name`) in a YAML text before it is parsed.
///
/// A configuration needs none, and nested aliases can make a few lines grow to billions of nodes. The scan knows
/// quotes, comments and block scalars; in doubt it reports (a plain value such as `a, &b` must then be quoted).
enum AliasScan {
    struct Finding: Equatable {
        var line: Int
        var column: Int
    }

    static func findings(in text: String) -> [Finding] {
        var findings: [Finding] = []
        var quote: Unicode.Scalar?
        /// The indentation of the line that opened a block scalar.
        var block: Int?
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let scalars = Array(line.unicodeScalars)
            let indentation = scalars.prefix { $0 == " " }.count
            if let opened = block {
                if indentation == scalars.count || indentation > opened { continue }
                block = nil
            }
            var atStart = quote == nil
            var position = 0
            while position < scalars.count {
                let scalar = scalars[position]
                let next = position + 1 < scalars.count ? scalars[position + 1] : nil
                if let open = quote {
                    if open == "\"", scalar == "\\" {
                        position += 1
                    } else if scalar == open {
                        if open == "'", next == "'" { position += 1 } else { quote = nil }
                    }
                } else if scalar == "#", position == 0 || scalars[position - 1].isBlank {
                    break
                } else if scalar.isBlank {
                    // Keeps `atStart`.
                } else if scalar == "," || scalar == "[" || scalar == "{" {
                    atStart = true
                } else if scalar == "-" || scalar == ":" || scalar == "?", next?.isBlank ?? true {
                    atStart = atStart || scalar == ":"
                } else if atStart {
                    switch scalar {
                    case "\"", "'": quote = scalar
                    case "&" where !(next?.isBlank ?? true), "*" where !(next?.isBlank ?? true):
                        findings.append(Finding(line: index + 1, column: position + 1))
                    case "|", ">": block = indentation
                    default: break
                    }
                    atStart = false
                }
                position += 1
            }
        }
        return findings
    }
}

extension Unicode.Scalar {
    fileprivate var isBlank: Bool { self == " " || self == "\t" }
}
