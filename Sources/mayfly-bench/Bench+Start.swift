import Foundation
import MayflyCore
import MayflyStore
import SQLClients

/// The start, and the memory, with very many live leases: in the state and, as it would be, in the server.
extension Bench {
    func start(into report: inout Report) async throws {
        let directory = world.directory + "/start"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let socket = directory + "/mayfly.sock"
        let configuration = directory + "/mayfly.yaml"
        try String(contentsOfFile: world.configurationPath, encoding: .utf8)
            .replacing(world.socket, with: socket)
            .replacing(world.directory + "/mayfly.db", with: directory + "/mayfly.db")
            .write(toFile: configuration, atomically: true, encoding: .utf8)
        chmod(configuration, 0o600)
        say("a state with \(liveInState) live leases, and their roles in the server")
        try await fill(directory + "/mayfly.db")

        var ready: [Double] = []
        var memory: [Double] = []
        for round in 1...max(3, rounds) {
            say("start \(round) of \(max(3, rounds))")
            let daemon = try await DaemonProcess.start(world, configuration: configuration, socket: socket)
            ready.append(daemon.readyAfter)
            memory.append(try daemon.memory().now)
            if round == max(3, rounds) {
                // The first comparison of state and server begins with the start; both know 100,000 roles.
                try await Task.sleep(for: .seconds(rounds > 2 ? 30 : 12))
                let found = try daemon.memory()
                report.facts.append(
                    .init(name: "resident memory after the first sweep", value: found.now, unit: "MiB"))
                report.facts.append(
                    .init(name: "resident memory at its highest", value: found.peak, unit: "MiB"))
            }
            try await daemon.stop()
        }
        report.facts.append(.init(name: Self.readyName, value: Figures.median(ready), unit: "ms"))
        report.facts.append(.init(name: Self.memoryName, value: Figures.median(memory), unit: "MiB"))
    }

    static let readyName = "from start to readiness"
    static let memoryName = "resident memory when ready"

    private func fill(_ path: String) async throws {
        let store = try SQLiteStore(path: path)
        let maker = try LiveLeases()
        try await world.asDBA { connection in
            try await connection.run(script: LiveLeases.roleMaker)
            for start in stride(from: 0, to: liveInState, by: 2000) {
                let made = try await maker.make(min(2000, liveInState - start), in: store)
                let batch = made.map { #"{"lease":"\#($0.id)","role":"\#($0.role)"}"# }.joined(separator: ",")
                _ = try await connection.query("SELECT bench.make($1::jsonb)", ["[\(batch)]"])
            }
            _ = try await connection.query("VACUUM ANALYZE mayfly.lease")
            _ = try await connection.query("VACUUM ANALYZE pg_authid")
        }
        await store.close()
    }
}
