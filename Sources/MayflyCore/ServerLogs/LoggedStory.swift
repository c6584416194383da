import Foundation

/// Lines of a server's log for people, each with the duration that came for it.
package enum LoggedStory {
    package struct Entry: Sendable {
        package var line: LoggedLine
        package var text: String
        package var isFailure: Bool
    }

    /// What it does not tell.
    package static func limits(_ totals: LoggedTotals, _ mode: Profile.Statements) -> [String] {
        var limits = [
            "statements from the server's log are those that the server was told to log, in its own words (log_statement,"
                + " log_min_duration_statement); what functions run inside is not among them"
        ]
        if mode == .redacted { limits.append("values in them were taken out, and the messages of failures") }
        return limits + leftOut(totals)
    }

    package static func leftOut(_ totals: LoggedTotals) -> [String] {
        var limits: [String] = []
        if totals.leftOut.lines > 0 {
            limits.append("\(totals.leftOut.lines) more lines of the log were not kept")
        }
        if totals.leftOut.logins > 0 {
            limits.append(
                "\(totals.leftOut.logins) more failed logins with this role were not kept one by one")
        }
        return limits
    }

    /// - Parameter lines: in the order of each backend's numbers.
    package static func entries(_ lines: [LoggedLine]) -> [Entry] {
        var entries: [Entry] = []
        var last: [LogBackend: Int] = [:]
        for line in lines {
            if line.what == .duration, let index = last.removeValue(forKey: line.backend) {
                entries[index].line.milliseconds = line.milliseconds
                continue
            }
            if line.audit == nil {
                last[line.backend] =
                    line.what == .statement && line.milliseconds == nil ? entries.count : nil
            }
            entries.append(
                Entry(line: line, text: "", isFailure: line.what == .failure || line.what == .loginFailed))
        }
        for index in entries.indices { entries[index].text = sentence(entries[index].line) }
        return entries
    }

    private static func sentence(_ line: LoggedLine) -> String {
        let text = line.text.map { ": " + shown($0) } ?? ""
        let values = line.parameters.map { " with \(shown($0))" } ?? ""
        let time = line.milliseconds.map { String(format: " (%.3f ms)", $0) } ?? ""
        let state = line.sqlState ?? "?"
        var sentence: String
        switch line.what {
        case .statement where line.audit != nil:
            sentence = "ran, by pgaudit (\(shown(line.audit ?? "")))\(text)\(values)"
        case .statement: sentence = "ran\(time)\(text)\(values)"
        case .duration: sentence = "a statement took\(time)"
        case .failure:
            sentence =
                "FAILED with \(state)\(text)\(values)"
                + (line.message.map { " — \($0.quoted(limit: 1000))" } ?? "")
        case .authorized: sentence = "the server let it in"
        case .disconnected:
            sentence =
                "the server saw it end"
                + (line.milliseconds.map { String(format: ", after %.3f s", $0 / 1000) } ?? "")
        case .loginFailed:
            sentence = "FAILED LOGIN with this role (\(state))" + (line.address.map { ", from \($0)" } ?? "")
        case .cut: sentence = "the server ended it (\(state))"
        case .message:
            sentence =
                "had the server's log say: " + (line.message.map { $0.quoted(limit: 1000) } ?? "(withheld)")
        }
        if let length = line.length {
            sentence += " [cut: \(length) bytes" + (line.sha256.map { ", sha256 \($0)" } ?? "") + "]"
        }
        if line.isWithheld == true { sentence += " [values withheld: a password may be among them]" }
        if line.isUnclear == true {
            sentence +=
                " [unclear: where a value ends or the statement begins cannot be told; something of it may be missing]"
        }
        if line.isLossy == true { sentence += " [not UTF-8]" }
        if line.isRival == true {
            sentence += " [doubtful: the log has another line of that number, one of them is forged]"
        } else if line.isDoubtful == true {
            sentence += " [doubtful: the log is damaged before it]"
        }
        return sentence
    }

    /// One line, nothing in it that a terminal obeys.
    private static func shown(_ text: String) -> String {
        let plain = text.unicodeScalars.prefix(4000).map { $0 == "\n" || $0 == "\t" ? " " : Character($0) }
        return String(String(plain).quoted(limit: 4000).dropFirst().dropLast()).replacing("\\\"", with: "\"")
    }
}
