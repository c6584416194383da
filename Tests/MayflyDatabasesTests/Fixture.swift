import Foundation

/// Files of these tests: the guards as earlier versions of the program printed them, for the conformance suite's
/// databases.
enum Fixture {
    static func text(_ name: String) throws -> String {
        let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
        return try String(contentsOf: directory.appending(path: name), encoding: .utf8)
    }

    /// Each `CREATE TABLE` statement, without comments and in one line.
    static func tables(in script: String) -> [String] {
        let code = script.split(separator: "\n").map { $0.components(separatedBy: "--")[0] }
            .joined(separator: " ")
        return code.matches(of: /CREATE TABLE [^;]*;/).map {
            $0.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
    }
}

extension String {
    /// The text of a guard's script from its line `-- section: NAME` to the next.
    func section(_ name: String) -> String {
        let parts = components(separatedBy: "-- section: ")
        return parts.first { $0.hasPrefix(name + "\n") } ?? ""
    }
}
