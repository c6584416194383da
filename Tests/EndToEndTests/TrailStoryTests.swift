import Foundation
import GRDB
import MayflyAPI
import MayflyCore
import MayflyTesting
import Testing

/// The audit log as an auditor has it: verified, exported, verified elsewhere, and after somebody was at the state.
struct TrailStoryTests {
    @Test(
        "An auditor proves the log whole, live and from a file, and a changed byte, a cut end and another's key are named"
    )
    func story() async throws {
        let world = try await World.make()
        let kept = "\(world.directory)/kept.jsonl"
        try world.configure([
            ("databases:", "audit: { checkpoints: { every: 1s, append_to: [ \(kept) ] } }\ndatabases:")
        ])
        var daemon = try await world.startDaemon()
        let lease = try #require(
            try await world.request(["orders-read", "--reason", "INC-4711: charged twice"]).lease)
        #expect(try await world.mayfly(["revoke", lease.id]).status == 0)
        try await eventually("a checkpoint covers the end of the lease") {
            let list = try await world.mayfly(["audit", "--json"])
            let records = try MayflyJSON.decoder().decode(AuditList.self, from: Data(list.output.utf8))
                .records
            let revoked = try #require(records.last { $0.action == "lease.revoked" }).seq
            return try Data(contentsOf: URL(filePath: kept)).split(separator: 0x0A).contains { line in
                let mark = try MayflyJSON.decoder().decode(AuditMark.self, from: Data(line))
                return (mark.checkpoint?.seq ?? 0) >= revoked
            }
        }

        // The key is there, for its owner only, and its public half is printed.
        let keyFile = world.statePath + ".checkpoint-key"
        #expect(
            try FileManager.default.attributesOfItem(atPath: keyFile)[.posixPermissions] as? Int == 0o600)
        let printed = try await world.mayflyd(["audit", "public-key", "--config", world.configurationPath])
        #expect(printed.output.hasPrefix("-----BEGIN PUBLIC KEY-----\n"), "\(printed)")
        let pub = "\(world.directory)/mayfly.pub"
        try printed.output.write(toFile: pub, atomically: true, encoding: .utf8)

        let live = try await world.mayfly(["audit", "verify", "--checkpoint", kept, "--public-key", pub])
        #expect(live.status == 0, "\(live)")
        #expect(live.output.hasPrefix("whole: records 1 to "), "\(live)")
        let found = try await world.mayfly(["audit", "search", "inc-4711", "--database", "orders"])
        #expect(found.output.contains("INC-4711: charged twice"), "\(found)")
        #expect(found.output.contains(lease.id))
        // That an auditor looked is on record too.
        let reads = try await world.mayfly(["audit", "search", "--action", "audit.read"])
        #expect(reads.output.contains("export_audit"), "\(reads)")

        // The key changes while it runs.
        let rotated = try await world.mayflyd(["audit", "rotate-key", "--config", world.configurationPath])
        #expect(rotated.status == 0, "\(rotated)")
        try await eventually("the next key is in force") {
            !FileManager.default.fileExists(atPath: keyFile + ".next")
        }
        let next = "\(world.directory)/next.pub"
        try rotated.output.write(toFile: next, atomically: true, encoding: .utf8)
        try await world.stop(daemon)

        // After a stop everything is signed, by the next key.
        daemon = try await world.startDaemon()
        let file = "\(world.directory)/trail.jsonl"
        let export = try await world.mayfly(["audit", "export"])
        #expect(export.status == 0, "\(export.errors)")
        try export.output.write(toFile: file, atomically: true, encoding: .utf8)
        for (keys, status) in [([next], 0), ([pub, next], 0), ([pub], ExitStatus.notWhole.rawValue)] {
            let offline = try await Program.run(
                "mayfly",
                ["audit", "verify", file, "--checkpoint", kept, "--json"]
                    + keys.flatMap { ["--public-key", $0] },
                environment: ["MAYFLY_SOCKET": "/nonexistent"])
            let log = try daemon.errors()
            #expect(offline.status == status, "\(keys): \(offline) \(log)")
            #expect(offline.output.contains(#""whole" : \#(status == 0)"#), "\(offline)")
        }
        // Others see their own, and export nothing.
        #expect(
            try await world.mayfly(["audit", "export"], user: "nobody").status == ExitStatus.denied.rawValue)
        try await world.stop(daemon)

        // Somebody has the file.
        let text = export.output.replacing("INC-4711", with: "INC-4712")
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let told = try await world.mayfly(["audit", "verify", file])
        #expect(told.status == ExitStatus.notWhole.rawValue, "\(told)")
        #expect(told.errors.contains("its content does not fit its hash"), "\(told)")

        // Somebody has the state, and changes one byte of a reason.
        let queue = try DatabaseQueue(path: world.statePath)
        let changed = try await queue.write { db in
            try db.execute(sql: "DROP TRIGGER audit_keeps")
            try db.execute(
                sql: """
                    UPDATE audit SET body = CAST(replace(CAST(body AS TEXT), 'charged twice', 'charged thrice') AS BLOB)
                    WHERE sequence = (SELECT min(sequence) FROM audit WHERE CAST(body AS TEXT) LIKE '%charged twice%')
                    """)
            return try Int64.fetchOne(
                db, sql: "SELECT min(sequence) FROM audit WHERE CAST(body AS TEXT) LIKE '%charged thrice%'")
        }
        try queue.close()
        let number = try #require(changed)
        daemon = try await world.startDaemon()
        let flipped = try await world.mayfly(["audit", "verify"])
        #expect(flipped.status == ExitStatus.notWhole.rawValue, "\(flipped)")
        #expect(flipped.errors.contains("record \(number):"), "\(flipped)")
        try await world.stop(daemon)
    }

    @Test("A kill between a checkpoint's commit and its file, or the key's, costs nothing")
    func killed() async throws {
        let world = try await World.make()
        let kept = "\(world.directory)/kept.jsonl"
        try world.configure([
            ("databases:", "audit: { checkpoints: { every: 1s, append_to: [ \(kept) ] } }\ndatabases:")
        ])
        var daemon = try Program(
            "mayflyd", ["--config", world.configurationPath],
            environment: ["MAYFLY_FAILPOINT": "checkpoint.signed"])
        #expect(try await daemon.outcome().status != 0)
        daemon = try await world.startDaemon()
        try await eventually("the file has what the state has") {
            FileManager.default.fileExists(atPath: kept)
        }
        try await world.stop(daemon)
        // The key is changed, and the daemon killed where the checkpoint names it and the file does not.
        let rotated = try await world.mayflyd(["audit", "rotate-key", "--config", world.configurationPath])
        #expect(rotated.status == 0, "\(rotated)")
        daemon = try Program(
            "mayflyd", ["--config", world.configurationPath],
            environment: ["MAYFLY_FAILPOINT": "checkpoint.key_named"])
        #expect(try await daemon.outcome().status != 0)
        #expect(FileManager.default.fileExists(atPath: world.statePath + ".checkpoint-key.next"))
        daemon = try await world.startDaemon()
        try await eventually("the next key is in force") {
            !FileManager.default.fileExists(atPath: world.statePath + ".checkpoint-key.next")
        }
        let printed = try await world.mayflyd(["audit", "public-key", "--config", world.configurationPath])
        #expect(printed.output == rotated.output)
        let verified = try await world.mayfly(["audit", "verify", "--checkpoint", kept])
        #expect(verified.status == 0, "\(verified)")
        try await world.stop(daemon)
    }
}
