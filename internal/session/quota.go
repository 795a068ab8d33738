package session

import "github.com/fixarchive/fixarchive/internal/record"

// OverQuota is the reason of records that were lost because peers that are not known brought more than their share.
const OverQuota record.Reason = 8
