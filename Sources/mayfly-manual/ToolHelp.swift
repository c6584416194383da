/// What `--experimental-dump-help` of swift-argument-parser prints, as far as a manual page needs it.
struct ToolHelp: Decodable {
    struct Name: Decodable {
        /// `long`, `short` or `longWithSingleDash`.
        var kind: String
        var name: String
    }

    struct Argument: Decodable {
        var kind: String
        /// `postTerminator` for what stands after `--`.
        var parsingStrategy: String?
        var abstract: String?
        var discussion: String?
        var names: [Name]?
        var valueName: String?
        var defaultValue: String?
        var allValues: [String]?
        var isOptional: Bool
        var isRepeating: Bool
        var shouldDisplay: Bool
    }

    struct Command: Decodable {
        var commandName: String
        var superCommands: [String]?
        var shouldDisplay: Bool
        var abstract: String?
        var discussion: String?
        var arguments: [Argument]?
        var subcommands: [Command]?
    }

    var command: Command
}
