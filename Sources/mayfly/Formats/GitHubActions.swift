import Foundation

/// What a step of a GitHub workflow says to its runner.
///
/// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
enum GitHubActions {
    /// Has the runner show `***` for the secret in all that is logged from now on, also as it stands in a URL.
    static func masks(_ secret: String, inURL: String) -> [String] {
        (secret == inURL ? [secret] : [secret, inURL]).map { "::add-mask::\(escaped($0))" }
    }

    /// The data of a workflow command.
    static func escaped(_ text: String) -> String {
        Escaping.scalars(of: text) { ["%": "%25", "\r": "%0D", "\n": "%0A"][$0] }
    }

    /// An entry of the file that `GITHUB_ENV` names. The delimiter is new each time, so that no value can end its
    /// entry and begin another.
    static func entry(_ name: String, _ value: String, delimiter: String = "mayfly-\(UUID().uuidString)")
        -> String
    {
        "\(name)<<\(delimiter)\n\(value)\n\(delimiter)\n"
    }
}
