using System.Collections.Immutable;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Core;

/// <summary>Bank statements as banks send them.</summary>
public sealed class Camt053Tests
{
    private const string Statement =
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">
          <BkToCstmrStmt><Stmt>
            <Id>2026-11/1</Id>
            <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp>
              <Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
            <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp>
              <Amt Ccy="EUR">1294.50</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
            <Ntry>
              <Amt Ccy="EUR">1234.50</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
              <BookgDt><Dt>2026-11-24</Dt></BookgDt><ValDt><Dt>2026-11-25</Dt></ValDt>
              <AcctSvcrRef>BANK-7</AcctSvcrRef>
              <NtryDtls><TxDtls>
                <Refs><EndToEndId>e2e</EndToEndId></Refs>
                <RmtInf><Ustrd>charge of</Ustrd><Ustrd>member-a</Ustrd></RmtInf>
              </TxDtls></NtryDtls>
            </Ntry>
            <Ntry>
              <NtryRef>2</NtryRef>
              <Amt Ccy="EUR">40.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
              <ValDt><DtTm>2026-11-25T09:00:00+02:00</DtTm></ValDt>
              <NtryDtls>
                <TxDtls><Amt Ccy="EUR">30.00</Amt><RmtInf><Ustrd>tranche/p/1</Ustrd></RmtInf>
                </TxDtls>
                <TxDtls><Amt Ccy="EUR">10.00</Amt><RmtInf><Strd><CdtrRefInf><Ref>RF18</Ref>
                  </CdtrRefInf></Strd></RmtInf></TxDtls>
              </NtryDtls>
            </Ntry>
            <Ntry>
              <Amt Ccy="EUR">9.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts>
            </Ntry>
          </Stmt></BkToCstmrStmt>
        </Document>
        """;

    private static readonly Currency Euro = new("EUR", 2);

    [Fact]
    public void What_is_booked_is_read_with_its_reference_batches_line_by_line()
    {
        var (lines, closing, faults) = Read(Statement);
        Assert.Empty(faults);
        Assert.Equal(
            [
                new BankLine("BANK-7", 1_795_564_800_000, 123_450, "charge of member-a e2e"),
                new BankLine("2026-11/1/2/1", 1_795_564_800_000, -3_000, "tranche/p/1"),
                new BankLine("2026-11/1/2/2", 1_795_564_800_000, -1_000, "RF18"),
            ],
            lines);
        Assert.Equal(129_450, closing);
    }

    [Theory]
    [InlineData("1294.50", "1294.51", "do not fit")]
    [InlineData("<Amt Ccy=\"EUR\">30.00", "<Amt Ccy=\"EUR\">30.01", "sum to 4001, not to 4000")]
    [InlineData("<Amt Ccy=\"EUR\">1234.50", "<Amt Ccy=\"UAH\">1234.50", "'UAH 1234.50'")]
    [InlineData("<Amt Ccy=\"EUR\">1234.50", "<Amt Ccy=\"EUR\">1,234.50", "'EUR 1,234.50'")]
    [InlineData("<AcctSvcrRef>BANK-7</AcctSvcrRef>", "", "neither 'AcctSvcrRef' nor")]
    [InlineData("<NtryRef>2<", "<AcctSvcrRef>BANK-7</AcctSvcrRef><NtryRef>2<", "a second time")]
    [InlineData("<Dt>2026-11-25", "<Dt>25.11.2026", "'ValDt' is '25.11.2026'")]
    [InlineData("DBIT", "DEBIT", "'CdtDbtInd' is 'DEBIT'")]
    [InlineData("</Document>", "", "it is no XML")]
    [InlineData("<Document", "<!DOCTYPE x [<!ENTITY a 'a'>]><Document", "document type")]
    public void A_fault_is_told_and_nothing_is_guessed(string part, string other, string said)
    {
        var changed = Statement.Replace(part, other, StringComparison.Ordinal);
        Assert.NotEqual(Statement, changed);
        var (_, _, faults) = Read(changed);
        Assert.Contains(faults, fault => fault.Contains(said, StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_without_a_statement_is_no_empty_one()
    {
        Assert.True(Camt053.IsXml("\uFEFF  <Document/>"));
        Assert.False(Camt053.IsXml("id,date"));
        Assert.Contains("no statement", Assert.Single(Read("<Document/>").Faults));
    }

    private static (ImmutableArray<BankLine> Lines, long? Closing, List<string> Faults) Read(
        string text)
    {
        var faults = new Faults();
        var (lines, closing) = Camt053.Read("f.xml", text, Euro, faults);
        return (lines, closing, [.. faults.All.Select(fault => fault.ToString())]);
    }
}
