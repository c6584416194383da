import Foundation

/// Where our commands write: data on stdout, everything else on stderr.
enum Terminal {
    static func output(_ text: String) { write(text + "\n", to: .standardOutput) }
    static func error(_ text: String) { write("mayflyd: error: \(text)\n", to: .standardError) }
    static func hint(_ text: String) { write("mayflyd: hint: \(text)\n", to: .standardError) }

    private static func write(_ text: String, to handle: FileHandle) {
        do {
            try handle.write(contentsOf: Data(text.utf8))
        } catch {
            // Nobody reads any more; there is no place left to say so.
        }
    }
}
