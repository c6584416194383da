extension String {
    /// The text of others as it may go to a terminal: control characters, bidirectional marks and separators become
    /// `\u{…}`, backslashes stay. It must not move the cursor, clear the screen, forge a line or turn the reading order
    /// around.
    package var printable: String {
        var out = ""
        for scalar in unicodeScalars {
            if scalar.isUnprintable {
                out += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// The same JSON, with what a terminal could take for a command escaped as JSON does. An encoder escapes what is
    /// below U+0020, and those stand between the values too.
    package var printableJSON: String {
        var out = ""
        for scalar in unicodeScalars {
            if scalar.value >= 0x7F, scalar.isUnprintable {
                for unit in UTF16.encode(scalar).map(Array.init) ?? [] {
                    let digits = String(unit, radix: 16)
                    out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}

extension Unicode.Scalar {
    fileprivate var isUnprintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: true
        default: false
        }
    }
}
