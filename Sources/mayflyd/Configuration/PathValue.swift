import MayflyCore

/// Absolute paths.
enum PathValue {
    /// `sockaddr_un.sun_path` has 108 bytes, the last of them NUL (unix(7)).
    static let longestSocketPath = 107

    static func read(_ field: Field) -> String? {
        guard let text = field.string("a path") else { return nil }
        guard text.hasPrefix("/") else {
            // A relative path would depend on where the daemon was started.
            field.error("\(field.shown(text)) is a relative path", fix: "write it from / on")
            return nil
        }
        guard !text.hasSuffix("/") || text == "/" else {
            field.error("\(field.shown(text)) ends in /", fix: "remove the last /")
            return nil
        }
        guard !text.split(separator: "/").contains("..") else {
            field.error("\(field.shown(text)) contains ..", fix: "write where it leads")
            return nil
        }
        return text
    }
}
