import Foundation
import Glibc
import MayflyAPI
import MayflyCore
import MayflyTesting
import Synchronization
import Testing

@testable import MayflyServer

@Suite struct IdentityTests {
    private static func peer(_ uid: UInt32) -> PeerCredentials { PeerCredentials(pid: 1, uid: uid, gid: uid) }

    @Test("The kernel says who calls: we are ourselves")
    func ourselves() async throws {
        try await HTTPTestServer.run { server in
            let me = try await server.call("GET", "/v1/whoami").decoded(as: WhoAmI.self)
            #expect(me.uid == getuid())
            #expect(me.pid == getpid())
            #expect(me.user == (try NameService.system.account(getuid())?.user))
            #expect(!me.groups.isEmpty)
        }
    }

    @Test("A process of another user is that user, whatever it says", .enabled(if: getuid() == 0))
    func anotherUser() async throws {
        try await HTTPTestServer.run(mode: 0o666) { server in
            let output = try await TestCommand.run([
                "runuser", "-u", "nobody", "--", "curl", "-sS", "--max-time", "60", "-H", "X-User: root",
                "--unix-socket", server.socket, "http://localhost/v1/whoami",
            ])
            let them = try MayflyJSON.decoder().decode(WhoAmI.self, from: Data(output.utf8))
            #expect(them.user == "nobody")
            #expect(them.uid != getuid())
        }
    }

    @Test("The socket's mode keeps others out", .enabled(if: getuid() == 0))
    func keptOut() async throws {
        try await HTTPTestServer.run(mode: 0o600) { server in
            await #expect(throws: TestCommand.Failure.self) {
                try await TestCommand.run([
                    "runuser", "-u", "nobody", "--", "curl", "-sS", "--max-time", "60",
                    "--unix-socket", server.socket, "http://localhost/v1/whoami",
                ])
            }
        }
    }

    @Test("A uid without a name is its number, in no group")
    func nameless() async throws {
        let identity = try await IdentityDirectory().identity(of: Self.peer(3_999_999_999))
        #expect(identity.user == "uid:3999999999")
        #expect(identity.groups.isEmpty)
    }

    @Test("A name service that hangs costs only the caller whom it hangs on")
    func hanging() async throws {
        let release = DispatchSemaphore(value: 0)
        let names = NameService { uid throws(NameService.Failure) in
            if uid == 7 { release.wait() }
            return Account(user: "u\(uid)", groups: [])
        }
        var limits = IdentityDirectory.Limits()
        // Long enough for the look-up that does not hang, on a machine that is busy with other tests.
        limits.deadline = .seconds(5)
        limits.atOnce = 2
        let directory = IdentityDirectory(names: names, limits: limits)
        // Again and again: one thread hangs, not one for each.
        for _ in 0..<2 {
            await #expect(throws: IdentityFailure.timedOut) { try await directory.identity(of: Self.peer(7)) }
        }
        #expect(try await directory.identity(of: Self.peer(8)).user == "u8")
        release.signal()
        try await eventually("the answer that came late is known") {
            do { return try await directory.identity(of: Self.peer(7)).user == "u7" } catch { return false }
        }
    }

    @Test("Look-ups that would wait without end are refused at once")
    func bounded() async throws {
        let release = DispatchSemaphore(value: 0)
        let names = NameService { _ throws(NameService.Failure) in
            release.wait()
            return nil
        }
        var limits = IdentityDirectory.Limits()
        limits.deadline = .milliseconds(500)
        limits.atOnce = 1
        limits.waiting = 1
        let directory = IdentityDirectory(names: names, limits: limits)
        await #expect(throws: IdentityFailure.timedOut) { try await directory.identity(of: Self.peer(1)) }
        await #expect(throws: IdentityFailure.timedOut) { try await directory.identity(of: Self.peer(2)) }
        await #expect(throws: IdentityFailure.busy) { try await directory.identity(of: Self.peer(3)) }
        for _ in 0..<3 { release.signal() }
    }

    @Test("A hanging name service is a 503 for the caller, and health is still answered")
    func hangingOverHTTP() async throws {
        let release = DispatchSemaphore(value: 0)
        var limits = IdentityDirectory.Limits()
        limits.deadline = .milliseconds(200)
        let names = NameService { _ throws(NameService.Failure) in
            release.wait()
            return nil
        }
        try await HTTPTestServer.run(names: names, nameLimits: limits) { server in
            let reply = try await server.call("GET", "/v1/whoami")
            #expect(reply.status == 503)
            #expect(try reply.problem().code == .identityUnavailable)
            #expect(try await server.call("GET", "/v1/health").status == 200)
        }
        release.signal()
    }

    @Test("Somebody who leaves a group is out when the cache's time is over")
    func freshness() async throws {
        let groups = Mutex<Set<String>>(["dba"])
        let now = Mutex(Date(timeIntervalSince1970: 0))
        let calls = Mutex(0)
        let names = NameService { _ throws(NameService.Failure) in
            calls.withLock { $0 += 1 }
            return Account(user: "alice", groups: groups.withLock { $0 })
        }
        let directory = IdentityDirectory(
            names: names, timekeeper: Timekeeper(now: { now.withLock { $0 } }, clock: ContinuousClock()))
        #expect(try await directory.identity(of: Self.peer(1)).groups == ["dba"])
        groups.withLock { $0 = [] }
        #expect(try await directory.identity(of: Self.peer(1)).groups == ["dba"])
        #expect(calls.withLock { $0 } == 1)
        now.withLock { $0 = Date(timeIntervalSince1970: 11) }
        #expect(try await directory.identity(of: Self.peer(1)).groups == [])
    }

    @Test("A name service that fails is a failure, not a nobody")
    func failing() async throws {
        let directory = IdentityDirectory(
            names: NameService { _ throws(NameService.Failure) in throw NameService.Failure(errno: EIO) })
        await #expect(throws: IdentityFailure.failed(.init(errno: EIO))) {
            try await directory.identity(of: Self.peer(1))
        }
    }
}
