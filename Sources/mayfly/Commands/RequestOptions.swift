import ArgumentParser
import Foundation
import MayflyAPI

/// What is asked for, beside the profile.
struct RequestOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How long: 30m, 2h, 1h30m, or until a time such as 17:30. Default: the profile's.",
            valueName: "duration"),
        transform: { try HumanTime.seconds($0) })
    var ttl: Int?

    @Option(help: "Why. Kept on the record.")
    var reason: String?

    @Option(help: "A reference into another system. Kept on the record.")
    var ticket: String?

    func request(_ profile: String) -> CreateRequest {
        CreateRequest(profile: profile, ttlSeconds: ttl, reason: reason, ticket: ticket)
    }
}
