import Glibc
import MayflyAPI
import MayflyClient

/// What a request or a redemption gave, to be written once.
struct CredentialReply {
    let reply: RequestReply
    let output: OutputFormat
    /// Also on a terminal.
    let show: Bool
    /// The same call again, as a command line with these options. Holds nothing secret: the key is good for the same
    /// user only.
    let again: (_ options: String) -> String

    /// Writes it; what could not be written is ended: what nobody can use must not stay open.
    func deliver(_ client: MayflyClient) async throws {
        do {
            try write()
        } catch {
            throw await takeBack(client, because: error)
        }
    }

    private func takeBack(_ client: MayflyClient, because error: any Error) async -> any Error {
        guard let lease = reply.lease else { return error }
        let message = (error as? CommandFailure)?.message ?? "the output was closed"
        do {
            _ = try await client.revoke(lease.id, reason: "its output could not be written")
            return CommandFailure(.internalError, message, hint: "the lease was revoked; nothing is left")
        } catch {
            return CommandFailure(
                .internalError, message, hint: "and the lease could not be revoked: mayfly revoke \(lease.id)"
            )
        }
    }

    /// A file that the shell made for us has the shell's umask.
    private static func warnOfReaders() {
        var file = stat()
        guard fstat(STDOUT_FILENO, &file) == 0, file.st_mode & S_IFMT == S_IFREG, file.st_mode & 0o077 != 0
        else { return }
        Console.warn(
            "the file that the credential was written to can be read by others "
                + "(mode 0\(String(file.st_mode & 0o777, radix: 8))): chmod 600 it, or set umask 077 before")
    }

    private func write() throws {
        var reply = reply
        let hidden = Console.outputIsTerminal && !show && reply.credential != nil
        if hidden { reply.credential?.password = "(not shown)" }
        if output == .json {
            try Console.json(reply)
        } else {
            guard let credential = reply.credential else {
                throw CommandFailure(
                    .conflict, "no credential: the request is \(reply.request.state)",
                    hint: "request \(reply.request.id)")
            }
            try CredentialText(credential: credential, lease: reply.lease).write(output)
        }
        if reply.credential != nil, !hidden { Self.warnOfReaders() }
        if hidden {
            Console.hint("within 5 minutes, for the same lease with a fresh password: \(again("--show"))")
            Console.hint("or put it where it is used: eval \"$(\(again("--format env")))\"")
        }
    }
}
