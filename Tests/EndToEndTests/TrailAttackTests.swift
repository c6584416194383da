import Foundation
import GRDB
import MayflyAPI
import MayflyTesting
import Testing

/// The audit log when the clock is set back, and when somebody exchanges the state.
struct TrailAttackTests {
    private static func audit(_ kept: String) -> String {
        "audit: { checkpoints: { every: 1s, append_to: [ \(kept) ] } }\ndatabases:"
    }

    private func start(_ world: World, _ environment: [String: String]) async throws -> Program {
        chmod(world.directory, 0o755)
        let daemon = try Program("mayflyd", ["--config", world.configurationPath], environment: environment)
        try await eventually("the daemon answers: \(try daemon.errors())") {
            try await world.mayfly(["whoami"]).status == 0
        }
        return daemon
    }

    private func records(_ world: World) async throws -> [MayflyAPI.AuditRecord] {
        let export = try await world.mayfly(["audit", "export"])
        return try export.output.split(separator: "\n").filter { $0.contains(#""previous_hash":"#) }.map {
            line in
            try MayflyJSON.decoder().decode(MayflyAPI.AuditRecord.self, from: Data(line.utf8))
        }
    }

    private func covered(_ kept: String) throws -> Int64 {
        try Data(contentsOf: URL(filePath: kept)).split(separator: 0x0A).compactMap { line in
            try MayflyJSON.decoder().decode(AuditMark.self, from: Data(line)).checkpoint?.seq
        }.max() ?? 0
    }

    /// A library that moves the clock on the wall, and no other, for a program that loads it first.
    private func clock(in directory: String) async throws -> String {
        let (source, library) = ("\(directory)/clock.c", "\(directory)/clock.so")
        try """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <stdlib.h>
        #include <sys/time.h>
        #include <time.h>
        static long moved(void) { const char *by = getenv("TEST_CLOCK_MOVED"); return by ? atol(by) : 0; }
        int clock_gettime(clockid_t clock, struct timespec *at) {
            static int (*real)(clockid_t, struct timespec *);
            if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
            int result = real(clock, at);
            if (!result && clock == CLOCK_REALTIME) at->tv_sec += moved();
            return result;
        }
        int gettimeofday(struct timeval *restrict at, void *restrict zone) {
            struct timespec now;
            (void)zone;
            clock_gettime(CLOCK_REALTIME, &now);
            at->tv_sec = now.tv_sec;
            at->tv_usec = now.tv_nsec / 1000;
            return 0;
        }
        time_t time(time_t *at) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (at) *at = now.tv_sec;
            return now.tv_sec;
        }
        """.write(toFile: source, atomically: true, encoding: .utf8)
        _ = try await TestCommand.run([
            "/usr/bin/env", "clang", "-shared", "-fPIC", "-o", library, source, "-ldl",
        ])
        return library
    }

    @Test(
        "A clock that was set back an hour between two lives breaks nothing: the number orders, and the log is whole"
    )
    func clockSetBack() async throws {
        let world = try await World.make()
        let kept = "\(world.directory)/kept.jsonl"
        try world.configure([("databases:", Self.audit(kept))])
        let library = try await clock(in: world.directory)
        var daemon = try await start(world, ["LD_PRELOAD": library, "TEST_CLOCK_MOVED": "3600"])
        try await eventually("a checkpoint is there") { FileManager.default.fileExists(atPath: kept) }
        try await world.stop(daemon)
        let before = try covered(kept)
        daemon = try await world.startDaemon()
        let lease = try #require(
            try await world.request(["orders-read", "--reason", "after the clock"]).lease)
        #expect(try await world.mayfly(["revoke", lease.id]).status == 0)
        let all = try await records(world)
        #expect(all.map(\.seq) == Array(1...Int64(all.count)))
        let ahead = try #require(all.first { $0.seq == before })
        let behind = try #require(all.first { $0.leaseId == lease.id && $0.action == "lease.active" })
        #expect(behind.seq > ahead.seq && behind.at < ahead.at.addingTimeInterval(-3000))
        try await eventually("what came after is signed") { try covered(kept) >= behind.seq }
        let verified = try await world.mayfly(["audit", "verify", "--checkpoint", kept])
        #expect(verified.status == 0, "\(verified)")
        #expect(verified.errors.contains("the clock went back before record \(before + 1)"), "\(verified)")
        let status = try await world.mayfly(["status"])
        #expect(!status.output.contains("not as it was signed"), "\(status)")
        #expect(status.output.contains("up to record "), "\(status)")
        try await world.stop(daemon)
    }

    @Test(
        "A state that was exchanged for an older one is found at the start, on record and in the status; so is a checkpoint that was changed"
    )
    func stateExchanged() async throws {
        let world = try await World.make()
        let kept = "\(world.directory)/kept.jsonl"
        try world.configure([("databases:", Self.audit(kept))])
        let old = "\(world.directory)/old.db"
        let last = world.statePath + ".checkpoint-key.last"
        func put(_ from: String, _ to: String) throws {
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: to + suffix)  // it may not be there
            }
            for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: from + suffix) {
                try FileManager.default.copyItem(atPath: from + suffix, toPath: to + suffix)
            }
        }
        var daemon = try await world.startDaemon()
        try await eventually("a checkpoint is there") { FileManager.default.fileExists(atPath: kept) }
        try await world.stop(daemon)
        try put(world.statePath, old)
        daemon = try await world.startDaemon()
        let lease = try #require(
            try await world.request(["orders-read", "--reason", "to be forgotten"]).lease)
        #expect(try await world.mayfly(["revoke", lease.id]).status == 0)
        try await world.stop(daemon)
        let signed = try covered(kept)

        // With all that is beside it, and without: then the file elsewhere tells.
        for isRemembered in [true, false] {
            try put(old, world.statePath)
            if !isRemembered { try Data(#"{"end":0}"#.utf8).write(to: URL(filePath: last)) }
            daemon = try await world.startDaemon()
            try await eventually("it is in the status") {
                let status = try await world.mayfly(["status"])
                return status.output.contains("not as it was signed: ")
                    && status.output.contains("is not in the state")
            }
            let told = try await records(world).filter { $0.action == "audit.differs" }
            #expect(told.count == 1 && told[0].outcome == "failed", "\(told)")
            #expect(try daemon.errors().contains("no checkpoint is made"))
            let verified = try await world.mayfly(["audit", "verify", "--checkpoint", kept])
            #expect(verified.status == ExitStatus.notWhole.rawValue, "\(verified)")
            let metrics = try await world.mayfly(["status", "--json"])
            #expect(metrics.output.contains("is not in the state"), "\(metrics)")
            try await world.stop(daemon)
            #expect(try covered(kept) == signed)
        }

        // Whoever did it on purpose says so; that is on record, and all goes on.
        let accepted = try await world.mayflyd(["audit", "accept-state", "--config", world.configurationPath])
        #expect(accepted.status == 0, "\(accepted)")
        try FileManager.default.moveItem(atPath: kept, toPath: kept + ".before")
        daemon = try await world.startDaemon()
        try await eventually("it is signed again") { FileManager.default.fileExists(atPath: kept) }
        #expect(try await records(world).contains { $0.action == "audit.accepted" })
        #expect(try await !world.mayfly(["status"]).output.contains("not as it was signed"))
        #expect(try await world.mayfly(["audit", "verify"]).status == 0)
        try await world.stop(daemon)

        // One byte of the last checkpoint.
        let queue = try DatabaseQueue(path: world.statePath)
        let number = try await queue.write { db in
            try db.execute(sql: "DROP TRIGGER audit_checkpoints_keep")
            let number = try Int64.fetchOne(db, sql: "SELECT max(number) FROM audit_checkpoints")
            try db.execute(
                sql: """
                    UPDATE audit_checkpoints SET body = CAST(replace(CAST(body AS TEXT), 'checkpoint=1:1', 'checkpoint=1:2') AS BLOB)
                    WHERE number = ?
                    """, arguments: [number])
            return number
        }
        try queue.close()
        daemon = try await world.startDaemon()
        let changed = try #require(number)
        try await eventually("it is in the status") {
            try await world.mayfly(["status"]).output.contains("checkpoint \(changed) cannot be read")
        }
        let verified = try await world.mayfly(["audit", "verify"])
        #expect(verified.status == ExitStatus.notWhole.rawValue, "\(verified)")
        #expect(verified.errors.contains("checkpoint \(changed): its bytes cannot be read"), "\(verified)")
        try await world.stop(daemon)
    }
}
