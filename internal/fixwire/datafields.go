package fixwire

import "slices"

// dataFields lists the fields that may hold any byte, SOH among them, each behind the field that says
// how long it is. From the FIX dictionaries 4.0 to 5.0 SP2 and the later extension packs; tags 40000 and
// up are those of the packs for derivatives. Sorted by the length's tag.
var dataFields = [...]struct{ length, data uint16 }{
	{90, 91},       // SecureData
	{93, 89},       // Signature, in the trailer
	{95, 96},       // RawData
	{212, 213},     // XmlData
	{348, 349},     // EncodedIssuer
	{350, 351},     // EncodedSecurityDesc
	{352, 353},     // EncodedListExecInst
	{354, 355},     // EncodedText
	{356, 357},     // EncodedSubject
	{358, 359},     // EncodedHeadline
	{360, 361},     // EncodedAllocText
	{362, 363},     // EncodedUnderlyingIssuer
	{364, 365},     // EncodedUnderlyingSecurityDesc
	{445, 446},     // EncodedListStatusText
	{618, 619},     // EncodedLegIssuer
	{621, 622},     // EncodedLegSecurityDesc
	{1184, 1185},   // SecurityXML
	{1277, 1278},   // DerivativeEncodedIssuer
	{1280, 1281},   // DerivativeEncodedSecurityDesc
	{1282, 1283},   // DerivativeSecurityXML
	{1359, 1360},   // EncodedSymbol
	{1397, 1398},   // EncodedMktSegmDesc
	{1401, 1402},   // EncryptedPassword
	{1403, 1404},   // EncryptedNewPassword
	{1468, 1469},   // EncodedSecurityListDesc
	{1525, 1527},   // EncodedDocumentationText
	{1578, 1579},   // EncodedEventText
	{1618, 1619},   // RelationshipRiskEncodedSecurityDesc
	{1620, 1621},   // RiskEncodedSecurityDesc, InstrumentScopeEncodedSecurityDesc
	{1664, 1665},   // EncodedRejectText
	{1678, 1697},   // EncodedOptionExpirationDesc
	{1733, 1734},   // EncodedFirmAllocText
	{1871, 1872},   // LegSecurityXML
	{1874, 1875},   // UnderlyingSecurityXML
	{2072, 2073},   // EncodedUnderlyingEventText
	{2074, 2075},   // EncodedLegEventText
	{2111, 2112},   // EncodedAttachment
	{2179, 2180},   // EncodedLegOptionExpirationDesc
	{2287, 2288},   // EncodedUnderlyingOptionExpirationDesc
	{2351, 2352},   // EncodedComplianceText
	{2372, 2371},   // EncodedTradeContinuationText
	{2481, 2482},   // EncodedMDStatisticDesc
	{2494, 2493},   // EncodedLegDocumentationText
	{2522, 2521},   // EncodedWarningText
	{2637, 2638},   // EncodedMiscFeeSubTypeDesc
	{2651, 2652},   // EncodedCommissionDesc
	{2665, 2666},   // EncodedAllocCommissionDesc
	{2715, 2716},   // EncodedFinancialInstrumentFullName
	{2718, 2719},   // EncodedLegFinancialInstrumentFullName
	{2721, 2722},   // EncodedUnderlyingFinancialInstrumentFullName
	{2797, 2798},   // EncodedMatchExceptionText
	{2802, 2801},   // EncodedReplaceText
	{2809, 2808},   // EncodedCancelText
	{2815, 2814},   // EncodedPostTradePaymentDesc
	{2971, 2972},   // EncodedSettlStatusReasonText
	{40004, 40005}, // EncodedAdditionalTermBondDesc
	{40008, 40009}, // EncodedAdditionalTermBondIssuer
	{40978, 40979}, // EncodedLegStreamText
	{40980, 40981}, // EncodedLegProvisionText
	{40982, 40983}, // EncodedStreamText
	{40984, 40985}, // EncodedPaymentText
	{40986, 40987}, // EncodedProvisionText
	{40988, 40989}, // EncodedUnderlyingStreamText
	{41083, 41084}, // EncodedDeliveryStreamCycleDesc
	{41101, 41102}, // EncodedMarketDisruptionFallbackUnderlierSecurityDesc
	{41107, 41108}, // EncodedExerciseDesc
	{41256, 41257}, // EncodedStreamCommodityDesc
	{41320, 41321}, // EncodedLegAdditionalTermBondDesc
	{41324, 41325}, // EncodedLegAdditionalTermBondIssuer
	{41458, 41459}, // EncodedLegDeliveryStreamCycleDesc
	{41476, 41477}, // EncodedLegMarketDisruptionFallbackUnderlierSecurityDesc
	{41482, 41483}, // EncodedLegExerciseDesc
	{41653, 41654}, // EncodedLegStreamCommodityDesc
	{41710, 41711}, // EncodedUnderlyingAdditionalTermBondDesc
	{41806, 41807}, // EncodedUnderlyingDeliveryStreamCycleDesc
	{41811, 41812}, // EncodedUnderlyingExerciseDesc
	{41873, 41874}, // EncodedUnderlyingMarketDisruptionFallbackUnderlierSecDesc
	{41969, 41970}, // EncodedUnderlyingStreamCommodityDesc
	{42025, 42026}, // EncodedUnderlyingAdditionalTermBondIssuer
	{42171, 42172}, // EncodedUnderlyingProvisionText
	{42451, 42452}, // LegPaymentStreamFormulaImage
	{42652, 42653}, // PaymentStreamFormulaImage
	{42947, 42948}, // UnderlyingPaymentStreamFormulaImage
	{43109, 42684}, // PaymentStreamFormula
	{43110, 42486}, // LegPaymentStreamFormula
	{43111, 42982}, // UnderlyingPaymentStreamFormula
}

const (
	lengthTagMin = 90
	lengthTagMax = 43111
)

// lengthTags has a bit for each length tag: nearly every field of a message asks and is none.
var lengthTags = func() (bits [lengthTagMax/64 + 1]uint64) {
	for _, f := range dataFields {
		bits[f.length/64] |= 1 << (f.length % 64)
	}
	return bits
}()

// dataTag returns the data field whose length the field tag gives, or 0.
func dataTag(tag int) int {
	if tag < lengthTagMin || tag > lengthTagMax || lengthTags[tag/64]>>(tag%64)&1 == 0 {
		return 0
	}
	i, _ := slices.BinarySearchFunc(dataFields[:], tag, func(f struct{ length, data uint16 }, tag int) int {
		return int(f.length) - tag
	})
	return int(dataFields[i].data)
}

// hasLength reports whether a field is one that may hold any byte.
func hasLength(tag int) bool {
	return slices.ContainsFunc(dataFields[:], func(f struct{ length, data uint16 }) bool { return int(f.data) == tag })
}
