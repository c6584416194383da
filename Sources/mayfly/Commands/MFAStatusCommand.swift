import ArgumentParser
import Foundation
import MayflyAPI
import MayflyClient

struct MFAStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how you stand with your second factor.",
        discussion: """
            Examples:
              mayfly mfa status
              mayfly mfa status --json | jq -r .state
            """)

    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        let status = try await options.withClient { try await $0.mfa() }
        guard options.output == .text else { return try Console.json(status) }
        for line in Self.lines(status) { try Console.line(line) }
    }

    static func lines(_ status: MFAStatus, time: LocalTime = LocalTime(), now: Date = .now) -> [String] {
        var fields = Fields()
        fields.add("state", state(status))
        fields.add("person", status.person)
        fields.add("enrolled", status.enrolledAt.map(time.text))
        fields.add("confirmed", status.confirmedAt.map(time.text))
        fields.add("last used", status.lastUsedAt.map(time.text))
        if let wrong = status.wrongCodes, wrong > 0 { fields.add("wrong codes", "\(wrong)") }
        if let until = status.lockedUntil, until > now { fields.add("locked until", time.text(until)) }
        return fields.lines
    }

    private static func state(_ status: MFAStatus) -> String {
        switch status.state {
        case .absent where !status.offered: "none, and there are no second factors here"
        case .absent: "none: 'mayfly mfa enroll' sets one up"
        case .pending: "pending: 'mayfly mfa confirm CODE' confirms it"
        default: status.state.rawValue
        }
    }
}
