import MayflyAPI

/// One thing that `doctor` looked at.
struct Check: Encodable {
    enum Level: String, Encodable {
        case ok
        case warning
        case error
    }

    var level: Level
    /// What was looked at.
    var name: String
    /// What was seen.
    var message: String
    /// What to do about it.
    var fix: String?
    /// What the command exits with for this error.
    var exit = ExitStatus.success

    enum CodingKeys: CodingKey {
        case level, name, message, fix
    }

    static func ok(_ name: String, _ message: String) -> Check {
        Check(level: .ok, name: name, message: message)
    }

    static func warning(_ name: String, _ message: String, fix: String?) -> Check {
        Check(level: .warning, name: name, message: message, fix: fix)
    }

    static func error(_ name: String, _ message: String, fix: String?, _ exit: ExitStatus) -> Check {
        Check(level: .error, name: name, message: message, fix: fix, exit: exit)
    }
}
