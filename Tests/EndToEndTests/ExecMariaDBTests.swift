import Foundation
import Glibc
import MayflyTesting
import Testing

/// `mayfly exec` and `connect` on MariaDB, for a user who has settings of their own.
@Suite(.serialized) struct ExecMariaDBTests {
    static let password = "broker-password-\(UInt32.random(in: 0 ... .max))"

    /// A server with the guard, a daemon, and a home directory with a `.my.cnf` that leads elsewhere.
    struct Scene {
        let server: MariaDBServer
        let daemon: Program
        let directory: String
        var environment: [String: String]

        init() async throws {
            server = try await MariaDBServer.start()
            var template = Array("/tmp/mayfly-e2e-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { throw TestServerError.system("mkdtemp", errno) }
            directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            environment = [
                "MAYFLY_SOCKET": "\(directory)/m.sock", "MAYFLY_RUNTIME_DIR": directory, "HOME": directory,
                "MYSQL_HOST": "203.0.113.1", "MYSQL_TCP_PORT": "1", "MYSQL_UNIX_PORT": "/nonexistent",
                "MYSQL_PWD": "wrong", "MYSQL_USER": "wrong", "MYSQL_DATABASE": "wrong",
                "MYSQL_HOME": "/nonexistent",
                "MYSQL_GROUP_SUFFIX": "_prod", "DATABASE_URL": "mysql://203.0.113.1/",
            ]
            try Self.write("\(directory)/stock.password", ExecMariaDBTests.password)
            try Self.write(
                "\(directory)/mayfly.yaml",
                """
                installation: { name: test, tag: e2e }
                listen: { socket: \(directory)/m.sock, mode: "0600" }
                state: { path: \(directory)/mayfly.db }
                administrators: [ "user:\(NSUserName())" ]
                databases:
                  stock:
                    engine: mariadb
                    hosts: [ \(server.socket) ]
                    port: \(server.port)
                    database: stock
                    account_host: localhost
                    tls: { mode: disable }
                    account: { user: mayfly, host: localhost, password_file: \(directory)/stock.password }
                profiles:
                  stock-read:
                    database: stock
                    ttl: { default: 10m, max: 1h }
                    member_of: [ stock_readonly ]
                access:
                  - { name: tests, who: [ "user:\(NSUserName())" ], profiles: [ stock-read ], max_ttl: 1h }
                """)
            let configuration = "\(directory)/mayfly.yaml"
            let script = try await Program.run(
                "mayflyd", ["guard", "print", "stock", "--config", configuration])
            _ = try await server.client(
                script: """
                    CREATE DATABASE stock; CREATE TABLE stock.items (name text); INSERT INTO stock.items VALUES ('lamp');
                    CREATE ROLE stock_readonly; GRANT SELECT ON stock.* TO stock_readonly;
                    """)
            try await server.installGuard(script: script.output, password: ExecMariaDBTests.password)
            daemon = try Program("mayflyd", ["--config", configuration])
            let socket = ["MAYFLY_SOCKET": "\(directory)/m.sock"]
            try await eventually("the daemon answers: \(try daemon.errors())") {
                try await Program.run("mayfly", ["whoami"], environment: socket).status == 0
            }
        }

        static func write(_ path: String, _ text: String) throws {
            try Data(text.utf8).write(to: URL(filePath: path))
            chmod(path, 0o600)
        }

        func run(_ arguments: [String]) async throws -> Program.Outcome {
            try await Program.run("mayfly", arguments, environment: environment)
        }

        func end() async throws {
            try await eventually("the account is gone") {
                try await server.execute("SELECT user FROM mysql.user WHERE user LIKE 'mf\\\\_%'").isEmpty
            }
            daemon.signal(SIGTERM)
            _ = try await daemon.outcome()
            server.discard()
            try FileManager.default.removeItem(atPath: directory)
        }
    }

    static let question = "SELECT name, DATABASE() FROM items"

    @Test("Neither variables nor a ~/.my.cnf of the user's lead a client away from the lease")
    func staleSettings() async throws {
        let scene = try await Scene()
        // A script's own client finds the credential without being told, as long as there is no ~/.my.cnf.
        let script =
            "mariadb -Ne '\(Self.question)'; mariadb -h $MYSQL_HOST -S $MYSQL_UNIX_PORT -u $MYSQL_USER "
            + "-p$MYSQL_PASSWORD -Ne '\(Self.question)' $MYSQL_DATABASE"
        let bare = try await scene.run(["exec", "stock-read", "--", "sh", "-c", script])
        #expect(bare.output == "lamp\tstock\nlamp\tstock\n", "\(bare)")

        try Scene.write(
            "\(scene.directory)/.my.cnf",
            "[client]\nhost=203.0.113.9\nport=9\nuser=me\npassword=mine\n[mysql]\nprompt='mine> '\n")
        for arguments in [["exec", "stock-read", "--", "mariadb"], ["connect", "stock-read", "--"]] {
            let outcome = try await scene.run(arguments + ["-Ne", Self.question])
            #expect(outcome.status == 0 && outcome.output == "lamp\tstock\n", "\(outcome)")
            #expect(outcome.errors.isEmpty, "\(outcome)")
        }
        let named = "mariadb --defaults-file=\"$MAYFLY_DEFAULTS_FILE\" -Ne '\(Self.question)'"
        let told = try await scene.run(["exec", "stock-read", "--", "sh", "-c", named])
        #expect(told.output == "lamp\tstock\n", "\(told)")
        #expect(told.errors.contains("~/.my.cnf sets host, port, user, password"), "\(told)")
        try await scene.end()
    }

    @Test("In files only, the password stands in no variable; without a client, connect names the package")
    func files() async throws {
        let scene = try await Scene()
        let script =
            "secret=$(sed -n 's/^password=\"\\(.*\\)\"/\\1/p' $MAYFLY_DEFAULTS_FILE); "
            + "[ ${#secret} = 32 ] && env | grep -c -F -e \"$secret\"; stat -c %a $MAYFLY_DEFAULTS_FILE"
        let outcome = try await scene.run(["exec", "stock-read", "--files-only", "--", "sh", "-c", script])
        #expect(outcome.output == "0\n600\n", "\(outcome)")
        let connect = try await Program.run(
            "mayfly", ["connect", "stock-read"],
            environment: scene.environment.merging(["PATH": "/nonexistent"]) { $1 })
        #expect(connect.status == 127 && connect.errors.contains("install mariadb-client"), "\(connect)")
        try await scene.end()
    }
}
