package import Foundation

/// The id of something on record, such as a lease or a request: a random UUID, written in lower case.
package protocol RecordID: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible
where RawValue == String {
    init(unchecked: String)
}

extension RecordID {
    package init(_ uuid: UUID = UUID()) { self.init(unchecked: uuid.uuidString.lowercased()) }

    package init?(rawValue: String) {
        guard let uuid = UUID(uuidString: rawValue), uuid.uuidString.lowercased() == rawValue else {
            return nil
        }
        self.init(unchecked: rawValue)
    }

    package var description: String { rawValue }
}

package struct LeaseID: RecordID {
    package let rawValue: String
    package init(unchecked: String) { rawValue = unchecked }
}

package struct ReviewID: RecordID {
    package let rawValue: String
    package init(unchecked: String) { rawValue = unchecked }
}

package struct SignOffID: RecordID {
    package let rawValue: String
    package init(unchecked: String) { rawValue = unchecked }
}

package struct LockdownID: RecordID {
    package let rawValue: String
    package init(unchecked: String) { rawValue = unchecked }
}

package struct MFAEnrolmentID: RecordID {
    package let rawValue: String
    package init(unchecked: String) { rawValue = unchecked }
}

package struct RequestID: RecordID {
    package let rawValue: String
    package init(unchecked: String) { rawValue = unchecked }
}

package struct SessionID: RecordID {
    package let rawValue: String
    package init(unchecked: String) { rawValue = unchecked }
}
