import MayflyAPI

/// Values that a format has no way to write: refused, rather than written so that a reader sees something else.
enum Unwritable {
    static func refuse(_ text: String, in format: String, _ isBad: (Unicode.Scalar) -> Bool) throws {
        guard text.unicodeScalars.contains(where: { isBad($0) || $0 == "\0" }) else { return }
        throw CommandFailure(
            .internalError, "a value of this credential cannot be written in \(format)",
            hint: "take another --format, such as json")
    }
}

extension Unicode.Scalar {
    /// What a reader of lines may take for the end of one.
    var isLineEnd: Bool { self == "\n" || self == "\r" }
}
