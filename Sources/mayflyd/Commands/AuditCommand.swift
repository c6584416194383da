import ArgumentParser
import Glibc
import MayflyCrypto

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "The key that checkpoints of the audit log are signed with.",
        discussion: """
            EXAMPLES
              mayflyd audit public-key > mayfly.pub    keep it where this host cannot write
              runuser -u mayfly -- mayflyd audit rotate-key
              runuser -u mayfly -- mayflyd audit accept-state    after you set the state back yourself
            """,
        subcommands: [PublicKeyCommand.self, RotateKeyCommand.self, AcceptStateCommand.self])
}

struct PublicKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "public-key",
        abstract: "Print the public key, in PEM.",
        discussion: """
            Without --config's key file the daemon makes the key at its first start, beside the
            state. What is printed is for `mayfly audit verify --public-key FILE`, and for
            `openssl pkeyutl -verify`.

            EXAMPLES
              mayflyd audit public-key > mayfly.pub
              mayflyd audit public-key --hex
            """)

    @Flag(help: "As 64 hexadecimal digits, as checkpoints name it.")
    var hex = false

    @OptionGroup var config: ConfigurationOption

    func run() async throws {
        let file = try config.load().checkpointKey
        guard let key = try CheckpointKeyCommands.orExit({ try file.current() }) else {
            Terminal.error("there is no key yet: \(file.path)")
            Terminal.hint("the daemon makes it when it starts")
            throw ExitStatus.failure
        }
        Terminal.output(hex ? key.publicKey.hex : String(key.publicKey.pem.dropLast()))
    }
}

struct RotateKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-key",
        abstract: "Make the next key; the running daemon takes it up within a second.",
        discussion: """
            The daemon signs one more checkpoint with the old key, which names the new one, and
            goes on with that. The old file is replaced: a copy of it is worth nothing from then
            on, as `mayfly audit verify` says of checkpoints that it signs. Run it as the
            daemon's user; both files must be in a directory that it may write to.

            EXAMPLES
              runuser -u mayfly -- mayflyd audit rotate-key
            """)

    @OptionGroup var config: ConfigurationOption

    func run() async throws {
        let file = try config.load().checkpointKey
        let key = try CheckpointKeyCommands.orExit { try file.prepareNext() }
        Terminal.output(String(key.publicKey.pem.dropLast()))
    }
}

struct AcceptStateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept-state",
        abstract: "Have the daemon go on with a state that is not the one that it signed last.",
        discussion: """
            For whoever set the state back, on purpose, to an older copy, or lost the file beside the
            key. The daemon looks within a minute, puts it on record (audit.accepted), and signs the
            log as it is from there. What it had remembered is kept beside it, as .last.old. Files of
            append_to that have later checkpoints are to be moved aside by hand, and kept: what is in
            them and not in the state is what was lost. Run it as the daemon's user.

            EXAMPLES
              runuser -u mayfly -- mayflyd audit accept-state
            """)

    @OptionGroup var config: ConfigurationOption

    func run() async throws {
        let file = try config.load().checkpointKey
        try CheckpointKeyCommands.orExit { try file.acceptState() }
    }
}

enum CheckpointKeyCommands {
    /// Says what is wrong with a file, and ends.
    static func orExit<Value>(_ work: () throws -> Value) throws -> Value {
        do { return try work() } catch let failure as KeyFile.Failure {
            Terminal.error(failure.message)
            Terminal.hint(failure.fix)
            throw ExitStatus.failure
        }
    }
}

extension ConfigurationFile {
    var checkpointKey: CheckpointKeyFile {
        CheckpointKeyFile(
            path: configuration.audit.keyFile(besideState: configuration.statePath), uid: geteuid())
    }
}
