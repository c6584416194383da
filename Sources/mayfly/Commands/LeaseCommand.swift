import ArgumentParser
import MayflyAPI
import MayflyClient

struct LeaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lease", abstract: "Show one lease.",
        discussion: """
            Examples:
              mayfly lease 6c1d0c5e
              mayfly lease mf_eu1_alice_q2w3e4r5t6y7u --json
              mayfly lease 6c1d0c5e --privileges
              mayfly lease 6c1d0c5e --timeline
              mayfly lease 6c1d0c5e --why-locked
            """)

    @Argument(help: "The lease: its id, the beginning of it, or its login role.", completion: .leases)
    var id: String

    @Flag(help: "Show what its login role can do, as it was read in the server.")
    var privileges = false

    @Flag(help: "Tell its story: request, approvals, sessions, end.")
    var timeline = false

    @Flag(help: "Say what keeps its login role from being dropped, and what a DBA would run about it.")
    var whyLocked = false

    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        guard !privileges else { return try await showPrivileges() }
        guard !timeline else { return try await showTimeline() }
        let lease = try await options.withClient { try await $0.lease(id) }
        guard options.output == .text else { return try Console.json(lease) }
        if whyLocked {
            for line in ObstacleText.lines(lease, time: LocalTime()) { try Console.line(line) }
            return
        }
        for line in LeaseText.fields(lease, time: LocalTime()).lines { try Console.line(line) }
    }

    private func showTimeline() async throws {
        let story = try await options.withClient { try await $0.wholeTimeline(ofLease: id) }
        guard options.output == .text else { return try Console.json(story) }
        for line in TimelineText.lines(story, time: LocalTime()) { try Console.line(line) }
    }

    private func showPrivileges() async throws {
        let found = try await options.withClient { try await $0.privileges(ofLease: id) }
        guard options.output == .text else { return try Console.json(found) }
        for line in PrivilegeText(found, time: LocalTime()).lines { try Console.line(line) }
    }
}
