import MayflyCore
import MayflyTesting
import SQLClients
import Testing

/// What is half done when a call doesn't come to its end.
@Suite(.serialized) struct MariaDBEngineFaultTests {
    /// Batches all the time, and the server killed and started again in the middle of them.
    @Test func crashesInTheMiddleOfBatchesLeaveNoDoubt() async throws {
        let environment = try await MariaDBEnvironment.make(options: ["--innodb-flush-log-at-trx-commit=1"])
        let suite = DatabaseEngineConformance(environment)
        let engine = environment.engine
        _ = await engine.health()
        for _ in 0..<3 {
            let batches = try (0..<6).map { _ in try (0..<20).map { _ in try suite.order() } }
            let answers = Task {
                var all: [Result<IssuedRole, EngineFailure>] = []
                for batch in batches { all += await engine.issue(batch.map(\.order)) }
                return all
            }
            let first = batches[1][0].order.role.rawValue
            try await eventually("the second batch is on its way") {
                try await environment.roleExists(first)
            }
            try await environment.restart()
            let made = batches.flatMap { $0 }
            for (made, answer) in zip(made, await answers.value) {
                let exists = try await environment.roleExists(made.order.role.rawValue)
                switch answer {
                case .success: #expect(exists)
                case .failure(let failure):
                    #expect(!exists || failure.kind == .outcomeUnknown, "\(failure)")
                }
            }
            for outcome in await engine.revoke(made.map(\.reference), .full) {
                #expect(outcome == .gone(sessionsEnded: 0))
            }
            #expect(try await engine.roles().isEmpty)
        }
    }

    /// The connection of a call is ended by an operator, at whatever moment of it.
    @Test func aCallThatAnOperatorEndsIsFoundOutAbout() async throws {
        let environment = try await MariaDBEnvironment.make()
        let suite = DatabaseEngineConformance(environment)
        let engine = environment.engine
        _ = await engine.health()
        let soft = environment.server.isMySQL ? "" : "SOFT "
        for _ in 0..<10 {
            let batch = try (0..<40).map { _ in try suite.order() }
            let answers = Task { await engine.issue(batch.map(\.order)) }
            var isKilled = false
            while !isKilled {
                let busy = try await environment.server.execute(
                    "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'mayfly' AND COMMAND <> 'Sleep'"
                )
                for row in busy {
                    guard let id = row.values.first ?? nil else { continue }
                    do {
                        try await environment.server.execute("KILL \(soft)CONNECTION \(id)")
                        isKilled = true
                    } catch is MariaDBError {
                        // It was done meanwhile.
                    }
                }
                let exists = try await environment.roleExists(batch[39].order.role.rawValue)
                if exists { break }
            }
            for (made, answer) in zip(batch, await answers.value) {
                let exists = try await environment.roleExists(made.order.role.rawValue)
                switch answer {
                case .success: #expect(exists)
                case .failure(let failure): #expect(!exists, "\(failure)")
                }
            }
            for outcome in await engine.revoke(batch.map(\.reference), .full) {
                #expect(outcome == .gone(sessionsEnded: 0))
            }
        }
        #expect(try await engine.roles().isEmpty)
    }

    /// What a broker that was killed between the statements of a call left behind.
    @Test func anAccountThatWasHalfMadeIsMadeAnewOrEnded() async throws {
        let environment = try await MariaDBEnvironment.make()
        let suite = DatabaseEngineConformance(environment)
        let (again, ended) = (try suite.order(), try suite.order())
        for made in [again, ended] {
            try await suite.issue(made)
            try await environment.server.execute(
                "UPDATE mayfly.lease SET made_at = NULL, maker = 0 WHERE lease = ?",
                [made.order.lease.rawValue])
            try await environment.server.execute(
                "REVOKE orders_readonly FROM `\(made.order.role)`@localhost")
        }
        try await suite.issue(again)
        let session = try await environment.logIn(again.order.role, password: again.password)
        try await session.run("SELECT COUNT(*) FROM customers")
        await session.end()
        #expect(try await suite.revoke(ended) == .gone(sessionsEnded: 0))
        #expect(try await suite.revoke(again) == .gone(sessionsEnded: 0))
    }

    @Test func aServerThatBecameReadOnlyIsSaidToBe() async throws {
        let environment = try await MariaDBEnvironment.make()
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order()
        try await suite.issue(made)
        try await environment.server.execute("SET GLOBAL read_only = ON")
        guard case .failure(let failure) = await environment.engine.issue([try suite.order().order])[0] else {
            Issue.record("issued on a replica")
            return
        }
        #expect(failure.kind == .readOnly)
        try await environment.server.execute("SET GLOBAL read_only = OFF")
        #expect(try await suite.revoke(made) == .gone(sessionsEnded: 0))
    }

    /// A guard whose account lost the right to end sessions is not believed.
    @Test func sessionsThatDoNotEndKeepTheAccount() async throws {
        let environment = try await MariaDBEnvironment.make { $0.timeoutSeconds = 5 }
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order()
        try await suite.issue(made)
        let session = try await environment.logIn(made.order.role, password: made.password)
        let right = environment.server.isMySQL ? "CONNECTION_ADMIN" : "CONNECTION ADMIN"
        try await environment.server.execute("REVOKE \(right) ON *.* FROM mayfly_guard@localhost")
        guard case .failed(let failure) = try await suite.revoke(made) else {
            Issue.record("believed a KILL that ended nothing")
            return
        }
        #expect([.serverError, .guardUnusable].contains(failure.kind))
        #expect(try await environment.roleExists(made.order.role.rawValue))
        try await session.run("SELECT 1")
        try await environment.server.execute("GRANT \(right) ON *.* TO mayfly_guard@localhost")
        #expect(try await suite.revoke(made) == .gone(sessionsEnded: 1))
        await #expect(throws: (any Error).self) { try await session.run("SELECT 1") }
    }
}
