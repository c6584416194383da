import Foundation
import MayflyTesting
import Testing

/// `mayflyd guard print` through the real binary: the scripts are whole, and psql takes them.
@Suite struct GuardPrintTests {
    private let sample: SampleConfiguration
    private var path: String { sample.directory + "/mayfly.yaml" }

    init() throws {
        sample = try SampleConfiguration()
        try sample.write(sample.text, to: "mayfly.yaml", mode: 0o600)
    }

    private func print(_ options: [String], database: String = "orders") async throws -> MayflydBinary.Result
    {
        try await MayflydBinary.run(["guard", "print", database, "--config", path] + options)
    }

    @Test("The guard is installed, brought to this version and taken away by what is printed")
    func installUpgradeUninstall() async throws {
        let server = try await PostgreSQLServer.start()
        for statement in [
            "CREATE ROLE orders_readonly", "CREATE DATABASE orders", "CREATE DATABASE orders_archive",
        ] {
            try await server.execute(statement)
        }
        for options in [[], ["--upgrade"], ["--upgrade", "--core"], ["--uninstall"]] {
            let script = try await print(options)
            #expect(script.status == 0 && script.errors == "", "\(options)")
            try await server.psql(script: script.output)
        }
        #expect(try await server.execute("SELECT 1 FROM pg_roles WHERE rolname = 'mayfly'").isEmpty)
    }

    @Test(
        "Options that do not go together are refused",
        arguments: [
            ["--upgrade", "--uninstall"], ["--uninstall", "--core"], ["--uninstall", "--cleanup"],
        ])
    func refused(options: [String]) async throws {
        let result = try await print(options)
        #expect(result.status == 64 && result.output == "")
    }
}
