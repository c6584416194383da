/// The manual page of one command.
struct ManualPage {
    let command: ToolHelp.Command
    let section: Int

    /// `mayfly exec`
    private var words: [String] { (command.superCommands ?? []) + [command.commandName] }
    /// `mayfly-exec`
    private var name: String { words.joined(separator: "-") }
    private var subcommands: [ToolHelp.Command] {
        (command.subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
    }
    private var arguments: [ToolHelp.Argument] { (command.arguments ?? []).filter(\.shouldDisplay) }

    var fileName: String { "\(name).\(section)" }

    /// This one and those of all commands below.
    var all: [ManualPage] { [self] + subcommands.flatMap { ManualPage(command: $0, section: section).all } }

    var text: String {
        var page = Roff()
        page.macro("TH", name.uppercased(), "\(section)", "", "Mayfly", "Mayfly")
        page.macro("SH", "NAME")
        page.line("\(Roff.escaped(name)) \\- \(Roff.escaped(command.abstract ?? ""))")
        page.macro("SH", "SYNOPSIS")
        page.line(
            ([Roff.bold(words.joined(separator: " "))]
                + arguments.sorted { !Self.isLast($0) && Self.isLast($1) }.map(Self.synopsis)).joined(
                    separator: " "))
        if !subcommands.isEmpty { page.line("\(Roff.italic("command")) …") }
        let (description, rest) = parts
        page.macro("SH", "DESCRIPTION")
        if description.isEmpty {
            page.line(Roff.escaped(command.abstract ?? ""))
        } else {
            page.prose(description)
        }
        list(&page, "COMMANDS", subcommands.map { (Roff.bold($0.commandName), $0.abstract) })
        list(&page, "OPTIONS", arguments.map { (Self.term($0), Self.meaning($0)) })
        page.prose(rest)
        seeAlso(&page)
        return page.text
    }

    /// What stands before the first heading of our help pages, and from it on.
    private var parts: (String, String) {
        let paragraphs = (command.discussion ?? "").split(separator: "\n\n")
        let index =
            paragraphs.firstIndex { $0.hasPrefix("Examples:") || $0.hasPrefix("Exit codes:") }
            ?? paragraphs.endIndex
        return (
            paragraphs[..<index].joined(separator: "\n\n"), paragraphs[index...].joined(separator: "\n\n")
        )
    }

    private func list(_ page: inout Roff, _ title: String, _ entries: [(String, String?)]) {
        guard !entries.isEmpty else { return }
        page.macro("SH", title)
        for (term, meaning) in entries {
            page.macro("TP")
            page.line(term)
            page.line(Roff.escaped(meaning ?? ""))
        }
    }

    private func seeAlso(_ page: inout Roff) {
        let others =
            (command.superCommands.map { [$0.joined(separator: "-")] } ?? [])
            + subcommands.map { "\(name)-\($0.commandName)" }
        guard !others.isEmpty else { return }
        page.macro("SH", "SEE ALSO")
        page.line(others.map { "\(Roff.bold($0))(\(section))" }.joined(separator: ", "))
    }

    private static func isLast(_ argument: ToolHelp.Argument) -> Bool {
        argument.parsingStrategy == "postTerminator"
    }

    private static func names(_ argument: ToolHelp.Argument) -> [String] {
        (argument.names ?? []).map { ($0.kind == "long" ? "--" : "-") + $0.name }
    }

    private static func value(_ argument: ToolHelp.Argument) -> String {
        Roff.italic(argument.valueName ?? "value")
    }

    private static func synopsis(_ argument: ToolHelp.Argument) -> String {
        let dots = argument.isRepeating ? " …" : ""
        if isLast(argument) { return "\\-\\- \(value(argument))\(dots)" }
        if argument.kind == "positional" {
            return argument.isOptional ? "[\(value(argument))\(dots)]" : value(argument) + dots
        }
        let name = Roff.bold(names(argument).last ?? "")
        return "[\(argument.kind == "flag" ? name : "\(name) \(value(argument))")\(dots)]"
    }

    private static func term(_ argument: ToolHelp.Argument) -> String {
        if argument.kind == "positional" { return value(argument) }
        let all = names(argument).map { Roff.bold($0) }.joined(separator: ", ")
        return argument.kind == "flag" ? all : "\(all) \(value(argument))"
    }

    private static func meaning(_ argument: ToolHelp.Argument) -> String {
        var text = argument.abstract ?? ""
        if let values = argument.allValues, !values.isEmpty {
            text += " One of: \(values.joined(separator: ", "))."
        }
        if let value = argument.defaultValue { text += " Default: \(value)." }
        return text
    }
}
