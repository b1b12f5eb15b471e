package crosvm.vmm.boot.hello.compiler;

import static crosvm.vmm.boot.hello.compiler.Expression.address;
import static crosvm.vmm.boot.hello.compiler.Expression.call;
import static crosvm.vmm.boot.hello.compiler.Expression.load16;
import static crosvm.vmm.boot.hello.compiler.Expression.load32;
import static crosvm.vmm.boot.hello.compiler.Expression.load64;
import static crosvm.vmm.boot.hello.compiler.Expression.load8;
import static crosvm.vmm.boot.hello.compiler.Expression.number;
import static crosvm.vmm.boot.hello.compiler.Expression.portRead;
import static crosvm.vmm.boot.hello.compiler.Expression.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Machine code against what a disassembler (objdump) reads in it; HelloGuestKvmIT runs it. */
class CompilerTest {
    /** mov rsp; push rsi; call main; cli; hlt, and main's first instructions up to the frame's size. */
    private static final String START = "bc00001000" + "56" + "e802000000" + "fa" + "f4" + "55" + "4889e5" + "4881c4";

    private static final String END = "4889ec" + "5d" + "c3";

    @Test
    void startsWithItsOwnStackAndTheEntryArgumentForMain() {
        assertThat(main(r -> {})).isEqualTo(START + "00000000" + END);
    }

    @Test
    void numbersTakeTheShortFormWhenTheyHave32Bits() {
        assertThat(code(number(5))).isEqualTo("b805000000");
        assertThat(code(number(0xffff_ffffL))).isEqualTo("b8ffffffff");
        assertThat(code(number(1L << 32))).isEqualTo("48b80000000001000000");
        assertThat(code(number(-1))).isEqualTo("48b8ffffffffffffffff");
    }

    @Test
    void arithmeticTakesConstantsWithoutTheStack() {
        String operands = "b807000000" + "b903000000";
        assertThat(code(number(7).plus(3))).isEqualTo(operands + "4801c8"); // add rax,rcx
        assertThat(code(number(7).minus(3))).isEqualTo(operands + "4829c8"); // sub rax,rcx
        assertThat(code(number(7).times(3))).isEqualTo(operands + "480fafc1"); // imul rax,rcx
        assertThat(code(number(7).dividedBy(3))).isEqualTo(operands + "31d2" + "48f7f1"); // xor edx,edx; div rcx
        assertThat(code(number(7).and(3))).isEqualTo(operands + "4821c8"); // and rax,rcx
        assertThat(code(number(7).or(3))).isEqualTo(operands + "4809c8"); // or rax,rcx
        assertThat(code(number(7).shiftLeft(3))).isEqualTo(operands + "48d3e0"); // shl rax,cl
        assertThat(code(number(7).shiftRight(3))).isEqualTo(operands + "48d3e8"); // shr rax,cl
    }

    @Test
    void comparisonsAreUnsignedAndGiveZeroOrOne() {
        String compare = "b807000000" + "b903000000" + "4839c8"; // cmp rax,rcx
        String extend = "0fb6c0"; // movzx eax,al
        assertThat(code(number(7).is(3))).isEqualTo(compare + "0f94c0" + extend); // sete al
        assertThat(code(number(7).isNot(3))).isEqualTo(compare + "0f95c0" + extend); // setne al
        assertThat(code(number(7).isBelow(3))).isEqualTo(compare + "0f92c0" + extend); // setb al
        assertThat(code(number(7).isAbove(3))).isEqualTo(compare + "0f97c0" + extend); // seta al
    }

    @Test
    void otherOperandsGoOverTheStackInOrder() {
        assertThat(code(number(1).plus(load8(number(2)))))
                .isEqualTo("b801000000" + "50" + "b802000000" + "0fb600" + "4889c1" + "58" + "4801c8");
    }

    @Test
    void loadsClearWhatTheyDoNotFill() {
        assertThat(code(load8(number(2)))).isEqualTo("b802000000" + "0fb600"); // movzx eax,BYTE PTR [rax]
        assertThat(code(load16(number(2)))).isEqualTo("b802000000" + "0fb700"); // movzx eax,WORD PTR [rax]
        assertThat(code(load32(number(2)))).isEqualTo("b802000000" + "8b00"); // mov eax,DWORD PTR [rax]
        assertThat(code(load64(number(2)))).isEqualTo("b802000000" + "488b00"); // mov rax,QWORD PTR [rax]
        assertThat(code(portRead(1, number(2)))).isEqualTo("b802000000" + "4889c2" + "ec" + "0fb6c0"); // in al,dx
        assertThat(code(portRead(2, number(2)))).isEqualTo("b802000000" + "4889c2" + "66ed" + "0fb7c0"); // in ax,dx
        assertThat(code(portRead(4, number(2)))).isEqualTo("b802000000" + "4889c2" + "ed"); // in eax,dx
    }

    @Test
    void storesWriteAsManyBytesAsTheySay() {
        String operands = "b802000000" + "50" + "b809000000" + "59"; // …; pop rcx
        assertThat(body(r -> r.store(1, number(2), number(9)))).isEqualTo(operands + "8801");
        assertThat(body(r -> r.store(2, number(2), number(9)))).isEqualTo(operands + "668901");
        assertThat(body(r -> r.store(4, number(2), number(9)))).isEqualTo(operands + "8901");
        assertThat(body(r -> r.store(8, number(2), number(9)))).isEqualTo(operands + "488901");
        String port = "b809000000" + "50" + "b802000000" + "4889c2" + "58"; // …; mov rdx,rax; pop rax
        assertThat(body(r -> r.portWrite(1, number(2), number(9)))).isEqualTo(port + "ee");
        assertThat(body(r -> r.portWrite(2, number(2), number(9)))).isEqualTo(port + "66ef");
        assertThat(body(r -> r.portWrite(4, number(2), number(9)))).isEqualTo(port + "ef");
    }

    @Test
    void localsLieBelowTheFrameAndArgumentsAbove() {
        String main = main(r -> r.set(r.local(3), r.argument(0)));
        assertThat(main)
                .isEqualTo(START + "f8ffffff" // one local
                        + "b803000000" + "488985f8ffffff" // mov [rbp-8],rax
                        + "488b8510000000" + "488985f8ffffff" // mov rax,[rbp+16]
                        + END);
        Program program = new Program(0x10_0000);
        program.routine(Program.MAIN, 3, r -> r.returns(r.argument(0).plus(r.argument(2))));
        assertThat(hex(program)).contains("488b8520000000" + "488b8d10000000"); // [rbp+32], [rbp+16]
    }

    @Test
    void callsPushArgumentsAndDropThem() {
        Program program = new Program(0x10_0000);
        program.routine(Program.MAIN, 0, r -> r.returns(call("two", number(1), number(2))));
        program.routine("two", 2, r -> {});
        assertThat(hex(program))
                .contains("b801000000" + "50" + "b802000000" + "50" + "e811000000" + "4881c410000000" + "e900000000"
                        + END + "55");
    }

    @Test
    void branchesLeadWhereTheyShould() {
        assertThat(body(r -> r.when(number(1), () -> r.set(new Local(8), number(2)))))
                .isEqualTo("b801000000" + "4885c0" + "0f840c000000" + "b802000000" + "48898508000000");
        assertThat(body(r -> r.loopWhile(number(1), () -> {})))
                .isEqualTo("b801000000" + "4885c0" + "0f8405000000" + "e9edffffff");
        assertThat(body(r -> r.whenElse(number(1), r::halt, () -> {})))
                .isEqualTo("b801000000" + "4885c0" + "0f8407000000" + "faf4" + "e900000000");
    }

    @Test
    void textsStandOnceBehindTheCode() {
        Program program = new Program(0x10_0000);
        program.routine(Program.MAIN, 0, r -> {
            r.returns(text("hi"));
            r.returns(text("hi"));
        });
        String twice = "488d0516000000" + "e90c000000" + "488d050a000000" + "e900000000"; // lea rax,[rip+…]; jmp
        assertThat(hex(program)).endsWith(twice + END + "686900");
    }

    @Test
    void interruptsComeInOnlyWhileTheProcessorWaits() {
        assertThat(body(Routine::waitForInterrupt)).isEqualTo("fb" + "f4" + "fa"); // sti; hlt; cli
        Program program = new Program(0x10_0000);
        program.emptyHandler("handler");
        program.routine(Program.MAIN, 0, r -> r.loadInterruptTable(address("handler")));
        assertThat(hex(program))
                .contains("48cf" + "55") // iretq; push rbp
                .contains("488d05ecffffff" + "0f0118"); // lea rax,[rip-20]; lidt [rax]
    }

    @Test
    void refusesCallsThatLeadNowhereAndNamesThatStandTwice() {
        Program program = new Program(0);
        program.routine(Program.MAIN, 0, r -> r.call("nowhere"));
        assertThatThrownBy(program::link).hasMessageContaining("nowhere");
        assertThatThrownBy(() -> program.routine(Program.MAIN, 0, r -> {})).hasMessageContaining("main stands twice");
    }

    /** The code of one expression. */
    private static String code(Expression value) {
        return body(r -> r.set(new Local(0), value)).replaceFirst("48898500000000$", "");
    }

    /** The code of a routine without its frame. */
    private static String body(Consumer<Routine> statements) {
        String main = main(statements);
        return main.substring(START.length() + 8, main.length() - END.length());
    }

    private static String main(Consumer<Routine> body) {
        Program program = new Program(0x10_0000);
        program.routine(Program.MAIN, 1, body);
        return hex(program);
    }

    private static String hex(Program program) {
        return HexFormat.of().formatHex(program.link());
    }
}
