import MayflyCore

/// A guard's script in its sections, each begun by a line `-- section: NAME`: what an upgrade takes is the text that an
/// installation has, not a copy of it.
struct GuardSections {
    private let texts: [Substring: String]

    init(_ script: String) {
        var texts: [Substring: String] = [:]
        var name: Substring = "start"
        for line in script.split(separator: "\n", omittingEmptySubsequences: false) {
            if let next = Self.word(after: "-- section: ", in: line) {
                name = next
                texts[name, default: ""] += ""  // one without a line is there all the same
            } else {
                texts[name, default: ""] += line + "\n"
            }
        }
        self.texts = texts
    }

    /// - Throws: when the script has no such section.
    func text(_ name: Substring) throws(EngineFailure) -> String {
        guard let text = texts[name] else {
            throw EngineFailure(.invalid, "the guard's script has no section \(name)")
        }
        return text
    }

    /// Another script, with these sections in the place of each of its lines `-- sections: NAME, NAME`.
    func compose(_ script: String) throws(EngineFailure) -> String {
        var result: [String] = []
        for line in script.split(separator: "\n", omittingEmptySubsequences: false) {
            if let names = Self.word(after: "-- sections: ", in: line) {
                for name in names.split(separator: ", ") {
                    result.append(String(try text(name).dropLast()))  // its last line feed
                }
            } else {
                result.append(String(line))
            }
        }
        return result.joined(separator: "\n")
    }

    private static func word(after mark: String, in line: Substring) -> Substring? {
        line.hasPrefix(mark) ? line.dropFirst(mark.count) : nil
    }
}
