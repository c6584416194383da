import MayflyCore
import MayflyCrypto

/// The comment of a group role that we keep: whose it is, which raw statements were run for it, and which rights beyond the
/// typed scope were there when a DBA last looked.
///
/// `mayfly group installation=prod-eu profile=orders-read statements=1f2e… beyond=90ab…`
struct GroupMark: Hashable {
    var installation: String
    var profile: ProfileName
    /// Of the raw statements; nil where there are none.
    var statements: String?
    /// Of what is held beyond the scope, which is theirs to give; nil where that is nothing.
    var beyond: String?

    var text: String {
        "mayfly group installation=\(installation) profile=\(profile)"
            + (statements.map { " statements=\($0)" } ?? "") + (beyond.map { " beyond=\($0)" } ?? "")
    }

    /// The value of `key` in a role's comment.
    static func value(_ key: String, in comment: String?) -> String? {
        comment?.split(separator: " ").first { $0.hasPrefix(key + "=") }.map {
            String($0.dropFirst(key.count + 1))
        }
    }

    /// 16 hexadecimal digits; nil for nothing.
    static func digest(_ lines: [String]) throws(EngineFailure) -> String? {
        guard !lines.isEmpty else { return nil }
        do throws(CryptoFailure) {
            let text = lines.map { "\($0.utf8.count):\($0)" }.joined()
            return String(try SHA256Digest(hashing: Array(text.utf8)).hex.prefix(16))
        } catch { throw EngineFailure(.invalid, error.description) }
    }
}
