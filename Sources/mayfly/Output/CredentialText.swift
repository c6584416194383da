import Foundation
import Glibc
import MayflyAPI

/// A credential for people, or for the programs that will use it.
struct CredentialText {
    let credential: Credential
    let lease: Lease?

    /// Writes it to standard output, or where the format says.
    func write(_ format: OutputFormat) throws {
        switch format {
        case .github: try writeForGitHub()
        case .json, .text, .env, .dotenv, .url, .pgpass, .pgservice, .mycnf:
            try Console.line(try lines(format).joined(separator: "\n"))
        }
    }

    /// The lines of a format that is text.
    func lines(_ format: OutputFormat) throws -> [String] {
        switch format {
        case .text: return fields(time: LocalTime()).lines
        case .json: return [String(decoding: try MayflyJSON.encoder().encode(credential), as: UTF8.self)]
        case .env: return environment
        case .dotenv: return try variables.values().map(DotEnv.line)
        case .url: return [CredentialURL(credential).text]
        case .pgpass:
            try needs([.postgresql], format)
            return try PassFile.lines(credential)
        case .pgservice:
            try needs([.postgresql], format)
            return try ServiceFile.lines(credential, name: lease?.profile ?? credential.database)
        case .mycnf:
            try needs([.mariadb, .mysql], format)
            return DefaultsFile.lines(credential)
        case .github: return masks + variables.values().map { "\($0.name)=\($0.value)" }
        }
    }

    private var variables: CredentialVariables { CredentialVariables(credential: credential, lease: lease) }

    private var masks: [String] {
        GitHubActions.masks(credential.password, inURL: PercentEncoding.segment(credential.password))
    }

    /// Lines for `eval`, each value in single quotes: safe whatever the server sends. What is stale goes first.
    private var environment: [String] {
        let values = variables.values()
        let stale = variables.stale.filter { name in !values.contains { $0.name == name } }
        return ["unset \(stale.joined(separator: " "))"]
            + values.map { "export \($0.name)=\(Escaping.shell($0.value))" }
    }

    /// The masks are in the log before anything could show the password.
    private func writeForGitHub() throws {
        guard let path = ProcessInfo.processInfo.environment["GITHUB_ENV"], !path.isEmpty else {
            return try Console.line(try lines(.github).joined(separator: "\n"))
        }
        for line in masks { try Console.line(line) }
        let entries = variables.values().map { GitHubActions.entry($0.name, $0.value) }.joined()
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.unwritable(path) }
        defer { close(file) }
        guard Console.write(Array(entries.utf8), to: file) else { throw Self.unwritable(path) }
    }

    private static func unwritable(_ path: String) -> CommandFailure {
        CommandFailure(.internalError, "cannot write \(path) (GITHUB_ENV): \(SystemError(errno))")
    }

    private func needs(_ engines: [EngineName], _ format: OutputFormat) throws {
        guard engines.contains(credential.engine) else {
            throw CommandFailure(
                .usage, "--format \(format) is not for \(credential.engine)",
                hint: "--format env, dotenv and url are for every engine")
        }
    }

    private func fields(time: LocalTime) -> Fields {
        var fields = Fields()
        fields.add("lease", lease?.id)
        fields.add("profile", lease?.profile)
        fields.add("engine", credential.engine.rawValue)
        fields.add("host", credential.host)
        fields.add("port", "\(credential.port)")
        fields.add("database", credential.database)
        fields.add("user", credential.username)
        fields.add("password", credential.password)
        fields.add("tls", credential.tls.mode.rawValue + (credential.tls.ca.map { " (\($0))" } ?? ""))
        fields.add("ends", time.end(lease?.expiresAt ?? credential.validUntil))
        fields.add("renewable", lease.map { "until \(time.text($0.endsLatestAt))" })
        return fields
    }
}
