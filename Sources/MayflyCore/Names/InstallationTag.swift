/// The short mark of one installation, in the name of every role that it makes: 1 to 5 of `a-z 0-9`.
package struct InstallationTag: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
    package let rawValue: String

    package init?(rawValue: String) {
        guard (1...5).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy(\.isLowercaseASCIIOrDigit)
        else {
            return nil
        }
        self.rawValue = rawValue
    }

    package var description: String { rawValue }
}
