import Foundation
import MayflyAPI
import Testing

@testable import mayfly

/// Each format against its real reader where the machine has one. Those of libpq are in the end-to-end tests, where
/// there is a server to connect to.
@Suite struct CredentialFormatTests {
    static let nasty = #"a'b"c\d:e#f;g $(touch /tmp/mayfly-pwned)`x` %41 ${HOME}"#

    static func credential(
        _ engine: EngineName, host: String = "db.internal", database: String = "orders",
        user: String = "mf_x", password: String = "p-w_1", tls: CredentialTLS = CredentialTLS(mode: .disable)
    ) -> Credential {
        Credential(
            engine: engine, host: host, port: 5432, database: database, username: user, password: password,
            tls: tls, validUntil: OutputTests.now)
    }

    private func lines(_ format: OutputFormat, _ credential: Credential) throws -> [String] {
        try CredentialText(credential: credential, lease: OutputTests.lease()).lines(format)
    }

    @Test(arguments: [
        (credential(.postgresql), "postgresql://mf_x:p-w_1@db.internal:5432/orders?sslmode=disable"),
        (
            credential(.postgresql, host: "/run/pg", password: "a/b@c"),
            "postgresql://mf_x:a%2Fb%40c@/orders?host=%2Frun%2Fpg&port=5432&sslmode=disable"
        ),
        (
            credential(
                .postgresql, host: "::1", database: "ö d?", tls: .init(mode: .verifyFull, ca: "/c a.pem")),
            "postgresql://mf_x:p-w_1@[::1]:5432/%C3%B6%20d%3F?sslmode=verify-full&sslrootcert=%2Fc%20a.pem"
        ),
        (credential(.mariadb), "mysql://mf_x:p-w_1@db.internal:5432/orders"),
        (
            credential(.mysql, tls: .init(mode: .verifyFull, ca: "/ca.pem")),
            "mysql://mf_x:p-w_1@db.internal:5432/orders?ssl-mode=VERIFY_IDENTITY&ssl-ca=%2Fca.pem"
        ),
        (
            credential(.mysql, host: "/run/m.sock"),
            "mysql://mf_x:p-w_1@localhost/orders?socket=%2Frun%2Fm.sock"
        ),
    ])
    func `a URL has no character of a value as syntax`(credential: Credential, url: String) throws {
        #expect(try lines(.url, credential) == [url])
        #expect(URL(string: url) != nil)
    }

    @Test func `pgpass escapes what separates its fields`() throws {
        let odd = Self.credential(.postgresql, host: "::1", user: #"a\b"#, password: "p:w")
        #expect(try lines(.pgpass, odd) == [#"\:\:1:5432:*:a\\b:p\:w"#])
        let socket = Self.credential(.postgresql, host: "/run/pg")
        #expect(try lines(.pgpass, socket) == ["/run/pg:5432:*:mf_x:p-w_1", "localhost:5432:*:mf_x:p-w_1"])
    }

    @Test(arguments: [OutputFormat.pgpass, .pgservice, .dotenv])
    func `what a format cannot hold is refused, not written otherwise`(format: OutputFormat) {
        let credential = Self.credential(.postgresql, password: "a\nb")
        #expect(throws: CommandFailure.self) { try lines(format, credential) }
    }

    @Test func `a format of one engine is refused for the other`() {
        #expect(throws: CommandFailure.self) { try lines(.mycnf, Self.credential(.postgresql)) }
        #expect(throws: CommandFailure.self) { try lines(.pgpass, Self.credential(.mysql)) }
        #expect(throws: CommandFailure.self) { try lines(.pgservice, Self.credential(.mariadb)) }
    }

    static let mariadb = ["/usr/bin/mariadb", "/usr/bin/mysql"].first(
        where: FileManager.default.isExecutableFile)

    @Test(
        .enabled(if: mariadb != nil),
        arguments: ["p-w_1", nasty, "  spaces  ", "tab\tand\nline\r", "\"'", #"\"#])
    func `the clients of MariaDB read an option file as it was meant`(password: String) throws {
        let path = NSTemporaryDirectory() + "mayfly-\(UUID().uuidString).cnf"
        defer { unlink(path) }
        let text = try lines(.mycnf, Self.credential(.mariadb, password: password)).joined(separator: "\n")
        try Data((text + "\n").utf8).write(to: URL(filePath: path))
        let run = try Run(Self.mariadb ?? "", ["--defaults-file=\(path)", "--print-defaults"])
        #expect(
            run.output.contains("--host=db.internal --port=5432 --user=mf_x --password=\(password) "),
            "\(run.output)")
        #expect(run.output.contains("--database=orders") && run.output.contains("--skip-ssl"))
    }

    @Test(.enabled(if: mariadb != nil))
    func `the user's own option file keeps its prompt and loses its password`() throws {
        let home = NSTemporaryDirectory() + "mayfly-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: home) }
        let own = "[client]\nhost=theirs\nuser = theirs\npassword=theirs\n[mysql]\nprompt=mine\n"
        try Data(own.utf8).write(to: URL(filePath: home + "/.my.cnf"))
        let directory = try RuntimeDirectory.make(environment: ["MAYFLY_RUNTIME_DIR": home])
        defer { directory.remove() }
        let files = try CredentialFiles(Self.credential(.mariadb), in: directory, dialect: .mariadb)
        let argument = try #require(try files.clientArgument(environment: ["HOME": home]))
        let run = try Run(Self.mariadb ?? "", [argument, "--print-defaults"], environment: ["HOME": home])
        let last = { (name: String) in
            run.output.split(separator: " ").last { $0.hasPrefix("--\(name)=") }.map(String.init)
        }
        #expect(last("host") == "--host=db.internal" && last("user") == "--user=mf_x", "\(run.output)")
        #expect(last("password") == "--password=p-w_1" && last("prompt") == "--prompt=mine")
        #expect(UserDefaultsFile.conflicts(["HOME": home]) == ["host", "user", "password"])
    }

    static let python: String? = ["/usr/bin/python3", "/usr/local/bin/python3"].first { path in
        (try? Run(path, ["-c", "import dotenv"]))?.status == 0
    }

    @Test(
        .enabled(if: python != nil, "python-dotenv is not installed"),
        arguments: ["p-w_1", "it's", "a b#c;d", "say \"hi\""])
    func `a .env file is read as it was meant`(database: String) throws {
        let path = NSTemporaryDirectory() + "mayfly-\(UUID().uuidString).env"
        defer { unlink(path) }
        let text = try lines(.dotenv, Self.credential(.postgresql, database: database)).joined(
            separator: "\n")
        try Data(text.utf8).write(to: URL(filePath: path))
        let script =
            "import dotenv,sys; v=dotenv.dotenv_values(sys.argv[1]); print(v['PGDATABASE']); print(v['DATABASE_URL'])"
        let run = try Run(Self.python ?? "", ["-c", script, path])
        let url = CredentialURL(Self.credential(.postgresql, database: database)).text
        #expect(run.output == "\(database)\n\(url)\n", "\(run)")
    }

    @Test(arguments: ["p-w_1", "it's", "a b#c;d"])
    func `a .env file is read by a shell too`(database: String) throws {
        let text = try lines(.dotenv, Self.credential(.postgresql, database: database))
        let run = try Run(
            "/bin/sh",
            ["-c", text.joined(separator: "\n") + "\nprintf '%s\\n%s' \"$PGDATABASE\" \"$DATABASE_URL\""])
        let url = CredentialURL(Self.credential(.postgresql, database: database)).text
        #expect(run.output == "\(database)\n\(url)")
    }

    @Test(arguments: [#"back\slash"#, "$HOME'", "`x`'", "\"'", "${HOME}"])
    func `what readers of .env files disagree about is refused`(value: String) {
        #expect(throws: CommandFailure.self) { try DotEnv.line("X", value) }
    }

    @Test func `a workflow masks the secret before anything can show it`() throws {
        let lines = try lines(.github, Self.credential(.postgresql, password: "p%w"))
        #expect(lines[0] == "::add-mask::p%25w")
        #expect(lines[1] == "::add-mask::p%2525w")
        #expect(lines.contains("PGPASSWORD=p%w"))
        #expect(GitHubActions.escaped("a%\r\nb") == "a%25%0D%0Ab")
    }

    @Test func `an entry of GITHUB_ENV cannot be ended by its value`() {
        let entry = GitHubActions.entry("X", "a\nEOF\nY=1")
        let lines = entry.split(separator: "\n", omittingEmptySubsequences: false)
        let delimiter = lines[0].dropFirst(3)
        #expect(lines[0].hasPrefix("X<<mayfly-") && delimiter.count > 30)
        #expect(lines.dropFirst() == ["a", "EOF", "Y=1", delimiter, ""])
        #expect(GitHubActions.entry("X", "") != GitHubActions.entry("X", ""))
    }

    @Test func `lines for a shell take out what is stale first`() throws {
        let lines = try lines(.env, Self.credential(.postgresql))
        #expect(
            lines[0].hasPrefix("unset ") && lines[0].contains("PGSERVICE") && !lines[0].contains("PGHOST "))
        let all = Set(lines.dropFirst().compactMap { $0.split(separator: "=").first?.dropFirst(7) })
        #expect(all.isDisjoint(with: lines[0].split(separator: " ")))
    }

    @Test func `an accent behind a character does not hide it from an escape`() throws {
        let shell = try Run(
            "/bin/sh", ["-c", "printf %s " + Escaping.shell("a'\u{301}; echo pwned '\u{301}")])
        #expect(shell.output == "a'\u{301}; echo pwned '\u{301}")
        let odd = Self.credential(.postgresql, user: "a:\u{301}b")
        #expect(try lines(.pgpass, odd) == ["db.internal:5432:*:a\\:\u{301}b:p-w_1"])
        #expect(throws: CommandFailure.self) {
            try lines(.pgpass, Self.credential(.postgresql, password: "a\r\nb"))
        }
        #expect(throws: CommandFailure.self) { try DotEnv.line("X", "a'\u{301}\"\u{301}") }
    }
}
