import ArgumentParser

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Show who did what, look for it, write it out, and prove that it is whole.",
        discussion: """
            Examples:
              mayfly audit --since 1h
              mayfly audit --follow --json
              mayfly audit search INC-4711 --database orders
              mayfly audit export > trail.jsonl
              mayfly audit verify --checkpoint /mnt/worm/checkpoints.jsonl --public-key mayfly.pub
              mayfly audit verify trail.jsonl --public-key mayfly.pub
            """,
        subcommands: [
            AuditShowCommand.self, AuditSearchCommand.self, AuditVerifyCommand.self, AuditExportCommand.self,
        ],
        defaultSubcommand: AuditShowCommand.self)
}
