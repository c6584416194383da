import Foundation
import MayflyTesting
import Testing

/// `mayfly exec` and `connect` on MariaDB, for a user who has settings of their own.
@Suite(.serialized) struct ExecMariaDBTests {
    /// A daemon on a MariaDB, and a user whose settings lead elsewhere.
    struct Scene {
        let world: MariaDBWorld
        let daemon: Program
        let environment: [String: String]

        init() async throws {
            world = try await MariaDBWorld.make()
            environment = [
                "MAYFLY_RUNTIME_DIR": world.directory, "HOME": world.directory,
                "MYSQL_HOST": "203.0.113.1", "MYSQL_TCP_PORT": "1", "MYSQL_UNIX_PORT": "/nonexistent",
                "MYSQL_PWD": "wrong", "MYSQL_USER": "wrong", "MYSQL_DATABASE": "wrong",
                "MYSQL_HOME": "/nonexistent",
                "MYSQL_GROUP_SUFFIX": "_prod", "DATABASE_URL": "mysql://203.0.113.1/",
            ]
            daemon = try await world.startDaemon()
        }

        func run(_ arguments: [String], path: String = "/usr/bin:/bin") async throws -> Program.Outcome {
            try await world.mayfly(arguments, environment: environment.merging(["PATH": path]) { $1 })
        }

        func end() async throws {
            try await eventually("the account is gone") { try await world.accounts().isEmpty }
            try await world.stop(daemon)
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

        try scene.world.write(
            "[client]\nhost=203.0.113.9\nport=9\nuser=me\npassword=mine\n[mysql]\nprompt='mine> '\n",
            to: ".my.cnf")
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
        let connect = try await scene.run(["connect", "stock-read"], path: "/nonexistent")
        #expect(connect.status == 127 && connect.errors.contains("install mariadb-client"), "\(connect)")
        try await scene.end()
    }
}
