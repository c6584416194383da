import Foundation
import MayflyCore
import Testing

@testable import mayflyd

/// What is in Config/ for operators to begin with.
@Suite struct SampleFileTests {
    private func text(_ name: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "Config").appending(path: name), encoding: .utf8)
    }

    @Test("The sample configuration is right as it stands, given its secret and its certificate authority")
    func sample() throws {
        let sample = try SampleConfiguration()
        sample.text = try text("mayfly.yaml").replacing(
            "/etc/ssl/mayfly/ca.pem", with: sample.directory + "/ca.pem")
        var environment = sample.environment
        environment.variables["CREDENTIALS_DIRECTORY"] = sample.directory
        #expect(sample.complaints(environment: environment) == [])
        let file = try ConfigurationFile.parse(
            text: sample.text, path: "mayfly.yaml", environment: environment)
        #expect(file.notes == [])
        #expect(
            file.configuration.databases[DatabaseName(unchecked: "orders")]?.account.password
                == .systemdCredential("orders.password"))
    }

    @Test("The sample explains every key that there is")
    func everyKey() throws {
        let text = try text("mayfly.yaml")
        let keys =
            RootSection.keys + DatabaseSection.keys + ProfileSection.keys + AccessSection.keys
            + AccountSection.sources
            + [
                "name", "tag", "socket", "group", "mode", "path", "host", "ca", "user", "max_ttl", "max_live",
                "max_issues_per_minute", "default", "max", "per_person", "total",
            ]
        for key in keys {
            #expect(text.contains(key + ":"), "\(key)")
        }
    }

    @Test(
        "The unit gives the credential that the sample names, and does not restart on a wrong configuration")
    func unit() throws {
        let unit = try text("mayflyd.service")
        // In a drop-in, which a newer version's unit does not write over.
        #expect(try text("mayflyd-credentials.conf").contains("\n[Service]\nLoadCredential=orders.password:"))
        #expect(unit.contains("\nRestartPreventExitStatus=78\n"))
        for line in [
            "Type=notify", "LimitCORE=0", "NoNewPrivileges=yes", "ProtectSystem=strict",
            "MemoryDenyWriteExecute=yes",
            "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6", "RuntimeDirectory=mayfly",
            "StateDirectory=mayfly",
            "ExecReload=/bin/kill -HUP $MAINPID",
        ] { #expect(unit.contains("\n\(line)\n"), "\(line)") }
    }
}
