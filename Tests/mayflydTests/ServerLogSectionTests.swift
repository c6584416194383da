import MayflyCore
import Testing

@testable import mayflyd

/// `server_log`, and what profiles say of statements and of what the server logs.
@Suite struct ServerLogSectionTests {
    private func sample(_ database: String = "", _ profile: String = "") throws -> SampleConfiguration {
        let sample = try SampleConfiguration()
        sample.text = sample.text
            .replacing("engine: postgresql", with: "engine: postgresql\n\(database)")
            .replacing(
                "    member_of: [ orders_readonly ]\n", with: "    member_of: [ orders_readonly ]\n\(profile)"
            )
        return sample
    }

    @Test(
        "A path is files by a pattern, one file, or a directory",
        arguments: [
            ("{ path: \"/var/log/pg/*.json\", format: jsonlog }", "/var/log/pg", "*.json"),
            ("{ path: /var/log/pg, format: csvlog }", "/var/log/pg", "*.csv"),
            ("{ path: /var/log/pg/a.csv, format: csvlog }", "/var/log/pg", "a.csv"),
        ])
    func paths(_ text: String, _ directory: String, _ names: String) throws {
        let file = try sample("    server_log: \(text)").parse()
        let source = file.configuration.databases[DatabaseName(unchecked: "orders")]?.serverLog
        #expect(source?.directory == directory && source?.names.pattern == names)
    }

    @Test("A profile's statements and what is logged are read")
    func profile() throws {
        let file = try sample(
            "    server_log: { path: /var/log/pg, format: jsonlog }",
            "    statements: full\n    log: { statement: all, min_duration: 250ms }\n"
        ).parse()
        let profile = try #require(file.configuration.profiles[ProfileName(unchecked: "orders-read")])
        #expect(profile.statements == .full)
        #expect(profile.settings["log_statement"] == "all")
        #expect(profile.settings["log_min_duration_statement"] == "250")
    }

    @Test(
        "What cannot be is refused with the fix",
        arguments: [
            ("", "statements: full", "needs the server's log, and the database orders names none"),
            ("server_log: { path: \"/var/*/a.json\", format: jsonlog }", "", "has a * in a directory's name"),
            ("server_log: { path: var/log, format: jsonlog }", "", "is a relative path"),
            ("server_log: { path: /var/log, format: syslog }", "", "is not a format of PostgreSQL's log"),
            ("", "log: { statement: none }", "none would hide"),
            ("", "log: { connections: true }", "55P02"),
            ("", "log: { min_duration: -1ms }", "is no duration"),
            ("", "settings: { log_statement: none }", "is not a session's to set"),
            ("mode: direct", "log: { statement: all }", "is for PostgreSQL with the guard only"),
        ])
    func refused(_ database: String, _ profile: String, _ words: String) throws {
        let sample = try sample("    \(database)", profile.isEmpty ? "" : "    \(profile)\n")
        let complaints = sample.complaints()
        #expect(complaints.contains { $0.contains(words) }, "\(complaints)")
    }
}
