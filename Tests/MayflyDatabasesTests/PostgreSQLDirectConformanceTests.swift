import MayflyCore
import MayflyTesting
import Testing

/// The same as with the guard, without one: `mode: direct`.
@Suite struct PostgreSQLDirectConformanceTests {
    private func suite() async throws -> DatabaseEngineConformance<PostgreSQLEnvironment> {
        DatabaseEngineConformance(try await PostgreSQLEnvironment.direct())
    }

    @Test func aLeaseGivesItsScopeAndNothingElseUntilItIsGone() async throws {
        try await suite().aLeaseGivesItsScopeAndNothingElseUntilItIsGone()
    }

    @Test func aRenewalNeverShortensALease() async throws {
        try await suite().aRenewalNeverShortensALease()
    }

    @Test func aLiveSessionIsCut() async throws {
        try await suite().aLiveSessionIsCut()
    }

    @Test func aWrongPasswordIsRefused() async throws {
        try await suite().aWrongPasswordIsRefused()
    }

    @Test func aPasswordIsReplacedOnlyBeforeItWasUsed() async throws {
        try await suite().aPasswordIsReplacedOnlyBeforeItWasUsed()
    }

    @Test func everythingMayBeRepeated() async throws {
        try await suite().everythingMayBeRepeated()
    }

    @Test func aCallOfACancelledTaskIsCarriedOut() async throws {
        try await suite().aCallOfACancelledTaskIsCarriedOut()
    }

    @Test func oneBadMemberOfFiftyFailsAlone() async throws {
        try await suite().oneBadMemberOfFiftyFailsAlone()
    }

    @Test func moreThanOneCallTakesIsOneBatch() async throws {
        try await suite().moreThanOneCallTakesIsOneBatch()
    }

    @Test func manyCallersAtOnceAllGetAnswers() async throws {
        try await suite().manyCallersAtOnceAllGetAnswers()
    }

    @Test func theGuardsCeilingHolds() async throws {
        try await suite().theGuardsCeilingHolds()
    }

    @Test func privilegesOfItsOwnGoWithTheRole() async throws {
        try await suite().privilegesOfItsOwnGoWithTheRole()
    }

    @Test func aRoleThatSomethingHangsOnStaysLockedAndThatStays() async throws {
        try await suite().aRoleThatSomethingHangsOnStaysLockedAndThatStays()
    }

    @Test func aSweepTellsLiveFromMissingFromStray() async throws {
        try await suite().aSweepTellsLiveFromMissingFromStray()
    }

    @Test func aSessionThatOutlivedItsRoleIsEnded() async throws {
        try await suite().aSessionThatOutlivedItsRoleIsEnded()
    }
}

/// Each with a server of its own, one at a time.
@Suite(.serialized) struct PostgreSQLDirectTroubleTests {
    private func suite(timeoutSeconds: Int = 30) async throws -> DatabaseEngineConformance<
        PostgreSQLEnvironment
    > {
        DatabaseEngineConformance(
            try await PostgreSQLEnvironment.make {
                $0.mode = .direct
                $0.timeoutSeconds = timeoutSeconds
            })
    }

    @Test func aServerThatIsDownIsSaidToBeAndServesAgainOnceItIsUp() async throws {
        try await suite().aServerThatIsDownIsSaidToBeAndServesAgainOnceItIsUp()
    }

    @Test func aServerThatHangsCostsABoundedTime() async throws {
        try await suite(timeoutSeconds: 5).aServerThatHangsCostsABoundedTime()
    }

    @Test func aRestartInTheMiddleOfABatchLeavesNoDoubt() async throws {
        try await suite().aRestartInTheMiddleOfABatchLeavesNoDoubt()
    }

    @Test func heldConnectionsServeWhenTheServerHasNoneLeft() async throws {
        try await suite().heldConnectionsServeWhenTheServerHasNoneLeft()
    }

    @Test func aWrongPasswordOfTheAccountIsSaidToBeThat() async throws {
        try await suite().aWrongPasswordOfTheAccountIsSaidToBeThat()
    }

    @Test func aMissingGuardIsSaidToBeThat() async throws {
        try await suite().aMissingGuardIsSaidToBeThat()
    }

    @Test func aDroppedAccountFailsWithoutDoubt() async throws {
        try await suite().aDroppedAccountFailsWithoutDoubt()
    }
}
