import Foundation
import Glibc
import MayflyAPI
import MayflyClient

/// Runs a command with a lease of its own: asked for, tethered to us, renewed, and revoked when the command ends.
struct LeasedCommand {
    var request: CreateRequest
    var code: CodeOption
    var options: DaemonOptions
    /// Whether the password stands in variables too, for programs that read no file.
    var passwordInEnvironment = true
    var mask = false
    var isQuiet = false
    var terminatesAtEnd = false
    var dialect = DefaultsFile.Dialect.any

    /// - Parameter program: makes the program, once the credential's files are there.
    /// - Returns: how it ended.
    /// - Throws: what kept it from being started; then no lease is left.
    func run(_ gate: SignalGate, _ program: (CredentialFiles) throws -> Program) async throws
        -> ChildProcess.Ending
    {
        let desk = SignalDesk()
        let directory = try RuntimeDirectory.make()
        defer { directory.remove() }
        return try await options.withClient { client in
            let (lease, credential) = try await ask(client, desk)
            let tether: TetherFeed
            let child: ChildProcess
            let output: OutputMask?
            let name: String
            do {
                tether = try await client.tether(lease.id)
                let files = try CredentialFiles(credential, in: directory, dialect: dialect)
                let program = try program(files)
                warnOfAuthority(credential)
                if let number = desk.interrupted { throw Interrupted(signal: number) }
                let pipes = mask ? try OutputPipes() : nil
                child = try ChildProcess.start(
                    program, environment: environment(credential, lease, files), gate: gate, output: pipes)
                desk.started(child)
                output = pipes.map { OutputMask($0, hiding: credential.password) }
                name = program.name
            } catch {
                await revoke(lease, client, because: "its command was not started")
                throw error
            }
            return await attend(child, name, lease, tether, output, client, desk)
        }
    }

    private func ask(_ client: MayflyClient, _ desk: SignalDesk) async throws -> (Lease, Credential) {
        var request = request
        request.tethered = true
        let factor = try code.factor(isInterrupted: { desk.interrupted != nil })
        // One wish, however often a code is asked for.
        let key = UUID().uuidString.lowercased()
        var reply: RequestReply
        do {
            reply = try await factor.prove { [request] code throws(MayflyError) in
                try await client.request(request, idempotencyKey: key, code: code)
            }
        } catch {
            // Ctrl-C at the question.
            if let number = desk.interrupted { throw Interrupted(signal: number) }
            throw error
        }
        if reply.lease == nil, !reply.request.isOver {
            reply = try await awaitApproval(reply.request, client, desk, factor)
        }
        try RequestWatch.check(reply.request)
        guard let lease = reply.lease, let credential = reply.credential else {
            throw CommandFailure(
                .conflict, "no credential: the request is \(reply.request.state)",
                hint: "request \(reply.request.id)")
        }
        return (lease, credential)
    }

    /// Whoever interrupts us takes the request back: nobody would tether what it gives.
    private func awaitApproval(
        _ request: AccessRequest, _ client: MayflyClient, _ desk: SignalDesk, _ factor: SecondFactor
    ) async throws -> RequestReply {
        let isQuiet = isQuiet
        do {
            return try await withThrowingTaskGroup(of: RequestReply.self) { group in
                group.addTask {
                    let watch = RequestWatch(client: client, isQuiet: isQuiet)
                    let decided = try await watch.untilDecided(request.id)
                    try RequestWatch.check(decided)
                    try await watch.untilStart(of: decided)
                    // One redemption, however often a code is asked for.
                    let key = UUID().uuidString.lowercased()
                    return try await factor.prove { code throws(MayflyError) in
                        try await client.redeem(request.id, idempotencyKey: key, code: code)
                    }
                }
                group.addTask {
                    while true {
                        if let number = desk.interrupted { throw Interrupted(signal: number) }
                        try await Task.sleep(for: .milliseconds(100))
                    }
                }
                defer { group.cancelAll() }
                guard let reply = try await group.next() else { throw CancellationError() }
                return reply
            }
        } catch let error as Interrupted {
            do { _ = try await client.withdraw(request.id) } catch {
                Console.warn("request \(request.id) was not withdrawn (\(error.message))")
            }
            throw error
        }
    }

    /// The path is the daemon's; here it may be another's to read, or nobody's.
    private func warnOfAuthority(_ credential: Credential) {
        guard !isQuiet, let path = credential.tls.ca, access(path, R_OK) != 0 else { return }
        Console.warn("\(path), by which the server is verified, cannot be read here: \(SystemError(errno))")
    }

    private func environment(_ credential: Credential, _ lease: Lease, _ files: CredentialFiles) -> [[CChar]]
    {
        let variables = CredentialVariables(credential: credential, lease: lease)
        return ChildEnvironment.make(
            removing: variables.stale,
            adding: variables.values(password: passwordInEnvironment) + files.values)
    }

    private func attend(
        _ child: ChildProcess, _ name: String, _ lease: Lease, _ tether: TetherFeed, _ output: OutputMask?,
        _ client: MayflyClient, _ desk: SignalDesk
    ) async -> ChildProcess.Ending {
        let keeper = LeaseKeeper(client, lease) { notice in
            if !isQuiet { tell(notice, name) }
            if terminatesAtEnd, case .ended = notice { child.signal(SIGTERM) }
        }
        return await withDiscardingTaskGroup { group in
            group.addTask { await keeper.keep(tether) }
            let ending = await Self.ending(of: child)
            desk.over()
            await output?.finish()
            // While the tether still holds: the record then says that it was revoked, not lost.
            let isOver = await keeper.finish()
            if !isOver { await revoke(lease, client, because: "its command ended") }
            group.cancelAll()
            return ending
        }
    }

    /// Waits for it on a thread of its own, and stops and goes on with it.
    private static func ending(of child: ChildProcess) async -> ChildProcess.Ending {
        await withCheckedContinuation { continuation in
            Thread {
                while true {
                    switch child.nextChange() {
                    case .stopped(let number): stop(with: number, child)
                    case .ended(let ending): return continuation.resume(returning: ending)
                    }
                }
            }.start()
        }
    }

    /// Our shell knows us, not the command: it learns from our stopping that the job stopped. Whoever continues us
    /// continues the command.
    private static func stop(with number: Int32, _ child: ChildProcess) {
        // Without a terminal there is no shell that would continue us: somebody stopped the command alone.
        guard number != SIGSTOP || Console.hasControllingTerminal else { return }
        SignalGate.stop(with: number)
        child.signal(SIGCONT)
    }

    private func tell(_ notice: LeaseKeeper.Notice, _ name: String) {
        switch notice {
        case .endsSoon(let end):
            Console.warn("the lease ends at \(LocalTime().end(end)) and cannot be renewed beyond")
        case .renewalFails(let message):
            Console.warn("the lease was not renewed (\(message)); trying again")
        case .ended(let reason):
            let how = reason.map { $0.rawValue.replacing("_", with: " ") } ?? "over"
            Console.warn("the lease has ended (\(how)): \(name) has no access any more")
        }
    }

    private func revoke(_ lease: Lease, _ client: MayflyClient, because reason: String) async {
        do {
            _ = try await client.revoke(lease.id, reason: reason)
        } catch {
            Console.warn("the lease was not revoked (\(error.message)); it ends as our connection does")
        }
    }
}
