import Foundation
import MayflyAPI

/// Where our commands write: data on stdout, everything else on stderr.
enum Terminal {
    static func output(_ text: String) { write(text + "\n", to: .standardOutput) }
    static func error(_ text: String) { say("error", text) }
    static func hint(_ text: String) { say("hint", text) }

    /// A question, to be answered on the same line.
    static func ask(_ text: String) { write(text, to: .standardError) }

    private static func say(_ kind: String, _ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }
        write("mayflyd: \(kind): \(lines.joined(separator: "\n"))\n", to: .standardError)
    }

    private static func write(_ text: String, to handle: FileHandle) {
        do {
            try handle.write(contentsOf: Data(text.utf8))
        } catch {
            // Nobody reads any more; there is no place left to say so.
        }
    }
}
