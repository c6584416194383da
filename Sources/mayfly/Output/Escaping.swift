import MayflyAPI

/// Makes text of others safe to print.
enum Escaping {
    /// See `String.printable`.
    static func printable(_ text: String) -> String { text.printable }

    /// One word for a POSIX shell: in single quotes, each quote of its own as `'\''`.
    static func shell(_ text: String) -> String {
        "'" + scalars(of: text) { $0 == "'" ? "'\\''" : nil } + "'"
    }

    /// Replaces single scalars. Not by `Character`, as `String.replacing` does: a quote with an accent behind it, or
    /// a return with its line feed, is one `Character` and would be missed, while the readers go by bytes.
    static func scalars(of text: String, _ replacement: (Unicode.Scalar) -> String?) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if let replacement = replacement(scalar) {
                out.append(contentsOf: replacement.unicodeScalars)
            } else {
                out.append(scalar)
            }
        }
        return String(out)
    }
}
