package crosvm.runner.bootentry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrubMenuTest {
    /** As grub-mkconfig of Debian 12 writes it, shortened. */
    private static final String DEBIAN = """
            if [ -s $prefix/grubenv ]; then
              set have_grubenv=true
              load_env
            fi
            if [ "${next_entry}" ] ; then
               set default="${next_entry}"
               set next_entry=
               save_env next_entry
            else
               set default="0"
            fi
            if [ x"${feature_menuentry_id}" = xy ]; then
              menuentry_id_option="--id"
            else
              menuentry_id_option=""
            fi
            export menuentry_id_option
            function gfxmode {
            	set gfxpayload="${1}"
            }
            set linux_gfx_mode=
            ### BEGIN /etc/grub.d/10_linux ###
            menuentry 'Debian GNU/Linux' --class debian --class os $menuentry_id_option 'gnulinux-simple-5158' {
            	load_video
            	if [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi
            	if [ x$feature_platform_search_hint = xy ]; then
            	  search --no-floppy --fs-uuid --set=root --hint-bios=hd0,gpt2  5158a407-7ded-4232-8215-ef9cba6d5d31
            	else
            	  search --no-floppy --fs-uuid --set=root 5158a407-7ded-4232-8215-ef9cba6d5d31
            	fi
            	echo	'Loading Linux 6.1.0-18-amd64 ...'
            	linux	/boot/vmlinuz-6.1.0-18-amd64 root=UUID=5158a407-7ded-4232-8215-ef9cba6d5d31 ro  quiet "a=b c" $unset
            	initrd	/boot/early.img /boot/initrd.img-6.1.0-18-amd64
            }
            submenu 'Advanced options for Debian GNU/Linux' $menuentry_id_option 'gnulinux-advanced-5158' {
            	menuentry 'Debian GNU/Linux, with Linux 6.1.0-18-amd64 (recovery mode)' $menuentry_id_option 'recovery' {
            		linux	/boot/vmlinuz-6.1.0-18-amd64 single
            	}
            	menuentry 'Debian GNU/Linux, with Linux 6.1.0-17-amd64' $menuentry_id_option 'older' {
            		linux	/boot/vmlinuz-6.1.0-17-amd64 older
            	}
            }
            menuentry "UEFI Firmware Settings" $menuentry_id_option 'uefi-firmware' {
            	fwsetup
            }
            """;

    private static BootEntry chosen(String text, Map<String, String> environment) throws BootEntryException {
        return new GrubMenu(text, environment, List::of).chosen();
    }

    @Test
    void takesTheEntryThatDebianBoots() throws BootEntryException {
        BootEntry entry = chosen(DEBIAN, Map.of());
        assertThat(entry.title()).isEqualTo("Debian GNU/Linux");
        assertThat(entry.id()).isEqualTo("gnulinux-simple-5158");
        assertThat(entry.linux()).isEqualTo("/boot/vmlinuz-6.1.0-18-amd64");
        assertThat(entry.initrds()).containsExactly("/boot/early.img", "/boot/initrd.img-6.1.0-18-amd64");
        assertThat(entry.options())
                .containsExactly("root=UUID=5158a407-7ded-4232-8215-ef9cba6d5d31", "ro", "quiet", "a=b c");
        assertThat(entry.device()).isEqualTo("5158a407-7ded-4232-8215-ef9cba6d5d31");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            1>1                            | /boot/vmlinuz-6.1.0-17-amd64
            gnulinux-advanced-5158>older   | /boot/vmlinuz-6.1.0-17-amd64
            Debian GNU/Linux               | /boot/vmlinuz-6.1.0-18-amd64
            1                              | /boot/vmlinuz-6.1.0-18-amd64
            7                              | /boot/vmlinuz-6.1.0-18-amd64
            no such entry                  | /boot/vmlinuz-6.1.0-18-amd64
            """)
    void followsTheDefaultByIndexIdAndTitle(String wanted, String linux) throws BootEntryException {
        String text = DEBIAN.replace("set default=\"0\"", "set default=\"${saved_entry}\"");
        assertThat(chosen(text, Map.of("saved_entry", wanted)).linux()).isEqualTo(linux);
    }

    @Test
    void takesLoaderEntriesWithTheVariablesOfFedora() throws BootEntryException {
        Map<String, String> environment =
                Map.of("saved_entry", "b-6.5.6-300.fc39", "kernelopts", "root=UUID=1 ro rhgb");
        List<BootEntry> entries = List.of(
                LoaderEntries.parse(
                        "b-6.10.1-200.fc39.conf", "title Fedora (6.10)\nlinux /vmlinuz-6.10\n", environment),
                LoaderEntries.parse(
                        "b-6.5.6-300.fc39.conf",
                        "title Fedora (6.5)\nversion 6.5\nlinux /vmlinuz-6.5\ninitrd /initramfs-6.5.img $tuned_initrd\n"
                                + "options $kernelopts ${tuned_params} quiet\ngrub_users $grub_users\n",
                        environment));
        String text = "set default=\"${saved_entry}\"\ninsmod blscfg\nblscfg\n";
        BootEntry entry = new GrubMenu(text, environment, () -> entries).chosen();
        assertThat(entry.linux()).isEqualTo("/vmlinuz-6.5");
        assertThat(entry.initrds()).containsExactly("/initramfs-6.5.img");
        assertThat(entry.options()).containsExactly("root=UUID=1", "ro", "rhgb", "quiet");
        assertThat(List.of("b-6.5.6-300.conf", "b-6.10.1-200.conf", "b-6.9.conf").stream()
                        .sorted(LoaderEntries.newestFirst()))
                .containsExactly("b-6.10.1-200.conf", "b-6.9.conf", "b-6.5.6-300.conf");
    }

    @Test
    @Timeout(60)
    void endsWithWhateverStandsThere() {
        assertThatThrownBy(() -> chosen("", Map.of())).hasMessageContaining("no entry with a Linux kernel");
        assertThatThrownBy(() -> chosen("submenu x {\n".repeat(100_000), Map.of()))
                .hasMessageContaining("nested");
        assertThatThrownBy(() -> chosen("menuentry x {\n linux /a\n}\n".repeat(5000), Map.of()))
                .hasMessageContaining("more than 1000 entries");
        assertThatThrownBy(() -> chosen("configfile (hd0)/boot/grub/grub.cfg\n}}}}\n${${${\"'\n\\", Map.of()))
                .hasMessageContaining("no entry with a Linux kernel");
        assertThatThrownBy(() -> chosen("submenu a { submenu b { } }", Map.of()))
                .isInstanceOf(BootEntryException.class);
    }

    @Test
    void doesNotLetAVariableGrowWithoutEnd() throws BootEntryException {
        // Set twice to twice itself: the first assignment counts.
        String text = "set a=1234567890\n" + "set a=$a$a$a$a$a$a$a$a\n".repeat(100) + "menuentry x { linux /k $a }\n";
        assertThat(chosen(text, Map.of()).options()).containsExactly("1234567890");
    }

    @Test
    @Timeout(120)
    void hasAnEndOfWhatVariablesStandFor() throws BootEntryException {
        StringBuilder menu = new StringBuilder("set a0=xxxxxxxxxx\n");
        for (int i = 1; i < 40; i++) {
            menu.append("set a" + i + "=" + ("$a" + (i - 1)).repeat(10) + "\n");
        }
        menu.append("menuentry one { linux /vmlinuz $a39 quiet }\n");
        BootEntry entry = new GrubMenu(menu.toString(), Map.of(), List::of).chosen();
        assertThat(entry.options().stream().mapToInt(String::length).sum()).isLessThan(2 << 20);
    }

    @ParameterizedTest
    @Timeout(120)
    @CsvSource({
        "debian-*, debian-6.1, true",
        "*, '', true",
        "a?c, abc, true",
        "a*b*c, axxbyyc, true",
        "a*b*c, axxbyy, false",
        "debian, debian-6.1, false",
    })
    void matchesPatternsAsLoaderConfHasThem(String pattern, String text, boolean matches) {
        assertThat(BootMenuReader.matches(pattern, text)).isEqualTo(matches);
        assertThat(BootMenuReader.matches("*a".repeat(100) + "b", "a".repeat(250)))
                .as("and soon")
                .isFalse();
    }
}
