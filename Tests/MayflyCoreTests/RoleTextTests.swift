import Foundation
import MayflyCore
import Testing

/// What guards say of roles, as it is read.
struct RoleTextTests {
    @Test("A role's comment is read as the guard writes it, with a requester of several words")
    func comment() throws {
        let comment = try #require(
            RoleComment(
                "mayfly installation=prod lease=9a7dff07-f9e0-4d24-a537-4fd655980511 until=2026-11-30T16:35:39Z"
                    + " requester=alice sub:x lease=1"))
        #expect(comment.installation == "prod")
        #expect(comment.lease.rawValue == "9a7dff07-f9e0-4d24-a537-4fd655980511")
        #expect(comment.until?.timeIntervalSince1970 == 1_796_056_539)
        #expect(comment.requester == "alice sub:x lease=1")
    }

    @Test(
        "A comment of another kind, or half of one, is none",
        arguments: [
            "", "mayfly", "mayfly installation=prod", "the mayfly of the DBA's",
            "mayfly lease=9a7dff07-f9e0-4d24-a537-4fd655980511 installation=prod until=x requester=y",
            "mayfly installation= lease=9a7dff07-f9e0-4d24-a537-4fd655980511 until=x requester=y",
            "mayfly installation=prod lease=nonsense until=2026-11-30T16:35:39Z requester=alice",
        ])
    func none(text: String) { #expect(RoleComment(text) == nil) }

    @Test("Every word of the guards is told in a sentence, and one of a newer guard's as it is")
    func alterations() {
        for kind in RoleAlteration.Kind.allCases { #expect(!RoleAlteration(kind).text.isEmpty) }
        #expect(RoleAlteration("member_of a \"b\"").text == #"is a member of "a \"b\"""#)
        #expect(RoleAlteration("superuser").text == "is SUPERUSER")
        let newer = RoleAlteration("moon_phase full")
        #expect(newer.kind == .other && newer.text == "\"moon_phase full\"")
        #expect(RoleAlteration("").kind == .other)
    }
}
